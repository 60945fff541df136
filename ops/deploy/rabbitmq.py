"""A RabbitMQ broker of our own: private folder, ports and name server, loopback only, not root.

Used by the tests, the demonstration, the drills and the fault campaign. Rules:
- the server program is started directly, with an environment of our own: the distribution's
  wrappers change accounts and read /etc;
- its process id is the Erlang machine's own, so that `kill` and `freeze` hit exactly it;
- everything it listens on, Erlang's distribution and name server included, is loopback;
- what stands on it comes from the definitions at boot, so `wipe` and `start` give an empty broker
  with the same queues;
- it is ready when it speaks AMQP and its disk knows every quorum queue: for about a second after a
  queue is made its name is only in memory, and a broker killed then comes back with that queue
  empty, without a leader, and so for good;
- its name server (epmd) is our child too: Erlang's own would stay behind as a daemon.
"""

import json
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

from hub.errors import ChannelDown, Misconfigured
from ops.deploy.account import Account
from ops.deploy.ports import LOOPBACK, free_port, is_free
from ops.deploy.rabbit_programs import NAME_SERVER, SERVER, Programs
from ops.deploy.tied import Tied

NAMES_SECONDS: Final = 20.0
_GREETING: Final = b"AMQP\x00\x00\x09\x01"
# Busy brokers that share two cores are a fifth cheaper with one scheduler each. RabbitMQ binds each
# to a core; one of each of several brokers would all be bound to the first.
_ERLANG: Final = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +stbt u"


@dataclass(frozen=True, slots=True)
class Tls:
    """Files (PEM) of a broker that takes certificates only (EXTERNAL, common name = user)."""

    ca: Path
    certificate: Path
    key: Path


class PrivateBroker:
    """One broker; a context manager that starts and ends it.

    Args:
        folder: holds everything; made when missing. With root it must lie below folders that
            the account `rabbitmq` may enter.
        name: of the Erlang node, `[a-z0-9]+`, unlike that of any other broker on this machine.
        port: for AMQP, over TLS when `tls` is given.
        definitions: loaded at every boot.
        tls: mutual TLS; without it, passwords on loopback.
        conf: more lines for rabbitmq.conf.
        programs: this system's own server, or that of another root.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        port: int,
        definitions: Mapping[str, Any],
        tls: Tls | None = None,
        conf: Mapping[str, str] | None = None,
        programs: Programs | None = None,
    ) -> None:
        self.programs = programs or Programs()
        if not self.programs.installed:
            raise Misconfigured("rabbitmq_missing")
        self.folder = folder
        self.name = name
        self.port = port
        self.definitions = definitions
        self.tls = tls
        self.conf = dict(conf or {})
        self._seen = self.programs.seen(folder)
        self.account = Account.unprivileged("rabbitmq")
        self._data = folder / "data"
        self._epmd_port = free_port()
        self._dist_port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._names: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start and wait until it answers."""
        self.start()
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        """End it and its name server."""
        self.close()

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._server is None else self._server.pid

    def start(self) -> None:
        """Start; returns at once, see `wait_ready`.

        Raises:
            ChannelDown: `rabbitmq_not_ready`: not even its name server starts.
        """
        assert self._server is None, "already started"
        self._write_files()
        with (self.folder / "console").open("ab") as console:
            if self._names is None:
                self._start_names(console)
            self._server = self._start([SERVER, "-noinput"], console, self._environment())

    def wait_ready(self, seconds: float = 90) -> None:
        """Wait until it speaks AMQP and may be killed without losing a queue.

        Raises:
            ChannelDown: `rabbitmq_not_ready`; read the files `console` and `log/*` in its folder.
        """
        deadline = time.monotonic() + seconds
        while self._server is not None and self._server.poll() is None:
            if self._answers() and self._registered():
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        raise ChannelDown("rabbitmq_not_ready", channel=self.name)

    def stop(self, seconds: float = 30) -> None:
        """Stop in order; killed when it takes too long."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGCONT)
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(seconds)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def kill(self) -> None:
        """End it with SIGKILL, frozen or not."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Remove its disk; it must not run."""
        assert self._server is None
        shutil.rmtree(self._data, ignore_errors=True)

    def close(self) -> None:
        """Kill it and its name server; the folder stays."""
        self.kill()
        if self._names is not None:
            self._names.kill()
            self._names.wait()
            self._names = None

    # --- inside ----------------------------------------------------------------------------------

    def _start(
        self,
        command: list[str | Path],
        console: IO[bytes],
        environment: Mapping[str, str] | None = None,
    ) -> Tied:
        return self.programs.start(self.account, self.folder, command, console, environment)

    def _start_names(self, console: IO[bytes]) -> None:
        """Before the broker: without one that listens, Erlang starts its own."""
        port = self._epmd_port
        command: list[str | Path] = [NAME_SERVER, "-address", LOOPBACK, "-port", str(port)]
        self._names = self._start(command, console)
        deadline = time.monotonic() + NAMES_SECONDS
        while is_free(port):
            if self._names.poll() is not None or time.monotonic() > deadline:
                raise ChannelDown("rabbitmq_not_ready", channel=self.name)
            time.sleep(0.01)

    def _answers(self) -> bool:
        """Whether it speaks: a connection alone comes too early. With TLS, that it asks back."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as probe:
                if self.tls is not None:
                    return True  # the TLS listener opens after boot, as the last thing
                probe.sendall(_GREETING)
                return bool(probe.recv(1))
        except OSError:
            return False

    def _registered(self) -> bool:
        """Whether every quorum queue's name has reached the disk: an atom, its length in front."""
        names = [
            f"{queue['vhost']}_{queue['name']}".encode()
            for queue in self.definitions.get("queues", ())
            if queue.get("arguments", {}).get("x-queue-type") == "quorum"
        ]
        known = b"".join(path.read_bytes() for path in self._data.glob("*/quorum/*/names.dets"))
        return all(bytes([len(name)]) + name in known for name in names)

    def _write_files(self) -> None:
        for folder in (self.folder, self._data, self.folder / "log", self.folder / "home"):
            self.account.make_folder(folder)
        self._write("definitions.json", json.dumps(self.definitions))
        self._write("rabbitmq.conf", "".join(f"{k} = {v}\n" for k, v in self._settings().items()))
        self._write("advanced.config", "[].\n")
        plugins = "rabbitmq_auth_mechanism_ssl" if self.tls else ""
        self._write("plugins", f"[{plugins}].\n")
        cookie = self.folder / "home" / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(16))
            self.account.give(cookie, 0o400)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        self.account.give(path)

    def _settings(self) -> dict[str, str]:
        settings = {
            "load_definitions": str(self._seen / "definitions.json"),
            "disk_free_limit.absolute": "50MB",
            "vm_memory_high_watermark.relative": "0.4",
            "log.console": "false",
            "log.file.level": "warning",
        }
        address = f"{LOOPBACK}:{self.port}"
        if self.tls is None:
            settings["listeners.tcp.1"] = address
            settings["auth_mechanisms.1"] = "PLAIN"
        else:
            settings |= {
                "listeners.tcp": "none",
                "listeners.ssl.1": address,
                "ssl_options.cacertfile": str(self._copied(self.tls.ca)),
                "ssl_options.certfile": str(self._copied(self.tls.certificate)),
                "ssl_options.keyfile": str(self._copied(self.tls.key)),
                "ssl_options.verify": "verify_peer",
                "ssl_options.fail_if_no_peer_cert": "true",
                "ssl_options.versions.1": "tlsv1.3",
                "ssl_options.versions.2": "tlsv1.2",
                "auth_mechanisms.1": "EXTERNAL",
                "ssl_cert_login_from": "common_name",
            }
        return settings | self.conf

    def _copied(self, path: Path) -> Path:
        """Where the broker sees a copy that its account may read."""
        copy = self.folder / path.name
        shutil.copyfile(path, copy)
        self.account.give(copy)
        return self._seen / path.name

    def _environment(self) -> dict[str, str]:
        folder = str(self._seen)
        return {
            "LANG": "C.UTF-8",
            "HOME": f"{folder}/home",
            "RABBITMQ_NODENAME": f"{self.name}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/data/config",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
        }
