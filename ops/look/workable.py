"""Whether what the settings name can work, looked at before it is needed.

Each look is about one thing and raises why it cannot work, with a code that has advice. A node
that starts makes those of `refused_at_start`; what may only be away for a while, a folder, a
port, a program, does not keep it from starting, and is told by `hubctl check` alone. Ports that
this very instance listens on are its own.
"""

import fcntl
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from hub.desks.desk import PHASES
from hub.errors import Misconfigured, Rejection, TargetDown
from hub.observer import silent
from hub.parties import FINANCE, HUB, TREASURY, UNIT, NodeId, Party, party
from ops import ship
from ops.look.trace_words import DESKS_ZH
from ops.profiles import read as read_profile
from ops.said import Said, counted
from ops.schedule import triggers
from ops.setting_rules import WEB
from ops.settings import NodeSettings
from ops.wiring import Parts
from ops.wiring_signer import remote_signer

Look = tuple[str, Callable[[], Said]]
"""A name, and what says in a few words that it is well."""
BUSINESS: Final[Mapping[str, Callable[[Party], bool]]] = {
    "hub": lambda own: own.org_type == HUB,
    "bureau": lambda own: own.org_type in {FINANCE, UNIT},
    "treasury": lambda own: own.org_type == TREASURY,
    "bank": lambda own: own.is_bank,
    "own": lambda own: own.org_type != HUB,
}
"""Desk → whose business it does."""


def refused_at_start(parts: Parts) -> None:
    """What a node does not start with.

    Raises:
        HubError: of the first look that fails.
    """
    for look in (desk, schedule):
        look(parts)
    if parts.settings.serve is not None:
        window(parts.settings)


def looks(parts: Parts) -> list[Look]:
    """All of them, in a fixed order."""
    settings = parts.settings
    return [
        ("desk", lambda: desk(parts)),
        ("schedule", lambda: schedule(parts)),
        ("files", lambda: files(settings)),
        ("ports", lambda: ports(settings)),
        *([("window", lambda: window(settings))] if settings.serve is not None else []),
        *([("signer", lambda: signer(settings))] if settings.signer is not None else []),
        *([("hook", lambda: hook(settings))] if _hooked(settings) else []),
    ]


def desk(parts: Parts) -> Said:
    """Profile, core, and a party here whose business the desk does.

    Raises:
        Misconfigured: `settings_invalid`, `profile_missing`, `settings_syntax`, `core_address`,
            `desk_not_for_node`.
        StoreDown, TargetDown: the core is away.
    """
    served = parts.directory.nodes.get(NodeId(parts.settings.node), frozenset[Party]())
    own, said = parts.settings.application, ""
    if own.profile is not None:
        said = read_profile(own.profile).party
    try:
        assert parts.desk is not None
        wanted = party(said) if said else None
    except Rejection as error:
        raise Misconfigured("settings_invalid", reason=f"application.profile: {error}") from error
    mine = [one for one in served if BUSINESS[own.desk](one)]
    if not mine or (wanted is not None and wanted not in mine):
        raise Misconfigured("desk_not_for_node", node=parts.settings.node, desk=own.desk)
    return Said(
        f"{own.desk} for {len(mine)} of {counted(len(served), 'party', 'parties')} here",
        f"{DESKS_ZH[own.desk]}，本节点 {len(served)} 个机构中的 {len(mine)} 个",
    )


def schedule(parts: Parts) -> Said:
    """Known phases at instants that come.

    Raises:
        Misconfigured: `phase_unknown`, `schedule_invalid`.
    """
    settings = parts.settings
    known = {ship.PHASE} if settings.application.desk == "hub" else {*PHASES, ship.PHASE}
    for phase in settings.schedule:
        if phase not in known:
            raise Misconfigured("phase_unknown", phase=phase)
    count = len(triggers(settings.schedule))
    return Said(f"{counted(count, 'phase')} by the clock", f"定时 {count} 个阶段")


def files(settings: NodeSettings) -> Said:
    """Every file and folder that the settings name and no other check opens.

    Raises:
        Misconfigured: `named_path_missing`, with the setting.
    """
    named = list(_named(settings))
    for setting, path in named:
        if not os.access(path, os.R_OK):
            raise Misconfigured("named_path_missing", setting=setting)
    target = settings.backup.target if settings.backup is not None else None
    if target is not None and not (target.is_dir() and os.access(target, os.W_OK)):
        raise Misconfigured("named_path_missing", setting="backup.target")
    count = len(named) + (target is not None)
    return Said(f"{count} named, all there", f"所列 {count} 项均在")


def _named(settings: NodeSettings) -> Iterator[tuple[str, Path]]:
    blocks = [(f"channels.{one.name}", one) for one in settings.channels]
    for name, block in [*blocks, ("signer", settings.signer), ("serve", settings.serve)]:
        for field in ("ca_file", "certificate_file", "key_file", "password_file", "token_file"):
            path = getattr(block, field, None)
            if path is not None:
                yield f"{name}.{field}", path
    if settings.alarms.token_file is not None:
        yield "alarms.token_file", settings.alarms.token_file
    for crl in settings.crls:
        if not crl.startswith(WEB):
            yield "crls", Path(crl)


def ports(settings: NodeSettings) -> Said:
    """Addresses and ports this instance will listen on.

    Raises:
        Misconfigured: `metrics_address`. TargetDown: `serve_port_taken`.
    """
    serve, wanted = settings.serve, list[int]()
    if _runs(settings):
        return Said("in use by this instance", "由本实例使用")
    if settings.metrics_port:
        wanted.append(settings.metrics_port)
        if reason := _unusable(settings.metrics_address, settings.metrics_port):
            raise Misconfigured("metrics_address", reason=reason)
    if serve is not None:
        wanted.append(serve.port)
        if reason := _unusable(serve.host, serve.port):
            raise TargetDown("serve_port_taken", reason=reason)
    if not wanted:
        return Said("none wanted", "不需要端口")
    free = ", ".join(map(str, wanted))
    return Said(f"free: {free}", f"空闲：{free}")


def _runs(settings: NodeSettings) -> bool:
    """Whether a keeper of this instance holds its lock."""
    try:
        with (settings.data / f"{settings.instance}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _unusable(host: str, port: int) -> str:
    """Why nobody can listen there; empty: somebody can."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, number) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, UnicodeError) as error:
        return type(error).__name__ if not isinstance(error, OSError) else os.strerror(
            error.errno or 0
        )  # fmt: skip
    return ""


def window(settings: NodeSettings) -> Said:
    """Token, TLS, and an address that fits them.

    Raises:
        Misconfigured: `secret_missing`, `serve_needs_tls`, `serve_tls_files`.
    """
    from ops.wiring_attend import look_at  # noqa: PLC0415 - few nodes serve one

    assert settings.serve is not None, "asked only where one is set"
    look_at(settings.serve, silent)
    return Said("token and address fit", "令牌与地址相符")


def signer(settings: NodeSettings) -> Said:
    """The login at the remote signer.

    Raises:
        Misconfigured: `signer_tls_files`.
    """
    assert settings.signer is not None, "asked only where one is set"
    remote_signer(settings.signer)
    return Said("login made", "已登录")


def _hooked(settings: NodeSettings) -> bool:
    return bool(settings.alarms.command or settings.alarms.url)


def hook(settings: NodeSettings) -> Said:
    """Who is told of alarms.

    Raises:
        Misconfigured: `hook_missing`, `secret_missing`.
    """
    from ops.wiring_hook import hook as open_hook  # noqa: PLC0415 - few nodes have one

    open_hook(settings.alarms)
    command: Sequence[str] = settings.alarms.command
    with suppress(IndexError):
        if shutil.which(command[0]) is None:
            raise Misconfigured("hook_missing", reason="no such program")
    return Said("set", "已设置")
