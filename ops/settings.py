"""Settings of a node: `hub.toml` < environment `EVX_…` < `--set key=value`. Read here only.

Paths in the file are relative to the file's folder. Everything is checked before anything starts;
what is wrong is `Misconfigured` with the setting's name. Inside, settings are frozen values.
Secrets are never settings: they are files named by settings.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from errno import errorcode
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.errors import Misconfigured
from ops import setting_rules as rules

PREFIX: Final = "EVX_"
HOST: Final = r"^[^\s/]+$"

WORKER: Final = "w"
"""Begins the name of a worker's slot; its number follows."""
FIRST: Final = f"{WORKER}0"
"""The slot of the worker that also does what one of them has to do."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoreSettings(_Frozen):
    """Where the node keeps its records."""

    url: str = Field(description="sqlite:///FILE or postgresql+psycopg://…")
    lease: str = Field("", description="URL of the lease store; empty: beside the store")
    copies: int = Field(1, ge=1, description="copies of a committed transaction, told in notices")


class LineSettings(_Frozen):
    """One network way to a channel's broker."""

    host: str = Field(pattern=HOST)
    port: int = Field(ge=1, le=65535)


class ChannelSettings(_Frozen):
    """One independent path with its own broker and disk."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,20}$")
    kind: Literal["embedded", "rabbit"]
    path: Path | None = Field(None, description="embedded: the channel's file")
    lines: tuple[LineSettings, ...] = Field((), description="rabbit: main line first")
    vhost: str = "/"
    user: str = Field("", description="rabbit without TLS: user name; empty: the node's id")
    password_file: Path | None = Field(None, description="rabbit without TLS: file with the secret")
    ca_file: Path | None = Field(None, description="rabbit with mutual TLS")
    certificate_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> "ChannelSettings":
        secure = rules.tls("", (self.certificate_file, self.key_file, self.ca_file))
        if self.kind == "embedded":
            if self.path is None:
                raise ValueError("an embedded channel needs `path`")
            if self.lines or secure or self.password_file:
                raise ValueError("an embedded channel has a `path` and nothing else")
        elif not self.lines:
            raise ValueError("a rabbit channel needs at least one of `lines`")
        elif not secure and self.password_file is None:
            raise ValueError("a rabbit channel needs TLS files, or `password_file`: no login")
        return self


class ApplicationSettings(_Frozen):
    """What stands on the exchange at this node."""

    desk: Literal["hub", "bureau", "bank", "treasury", "own"] = Field(
        description="whose business it does; own: the party's own system decides"
    )
    profile: Path | None = Field(None, description="the desk's profile file")
    core: str = Field(
        "",
        description="the core: simulated:///FILE?seed=1, python:///FILE?call=open_core, "
        "folder:///DIR, or http: (needs `serve`)",
    )
    folder: Path | None = Field(
        None, description="where the party's own system lays drafts, and hears stored and safe"
    )


class LeaseSettings(_Frozen):
    """How long a node may act without asking."""

    ttl_seconds: float = Field(3.0, gt=0.5, le=60)
    renew_seconds: float = Field(0.5, gt=0.05, le=30)
    margin_seconds: float = Field(0.5, gt=0, le=30)

    @model_validator(mode="after")
    def _before_its_end(self) -> "LeaseSettings":
        rules.lease(self.ttl_seconds, self.renew_seconds, self.margin_seconds)
        return self


class SignerSettings(_Frozen):
    """A remote signer that keeps the parties' seals; the node's own key stays here."""

    host: str = Field(pattern=HOST)
    port: int = Field(ge=1, le=65535)
    certificate_file: Path = Field(description="the node's TLS certificate: its login")
    key_file: Path
    ca_file: Path = Field(description="who certified the signer")


class BackupSettings(_Frozen):
    """Where copies of the node go; without this block there are none."""

    target: Path = Field(description="folder on other ground than the store")
    barman: Path | None = Field(None, description="PostgreSQL: home of this node's Barman")
    conninfo: str = Field("", description="PostgreSQL: libpq address for Barman, no password")
    streaming: str = Field("", description="PostgreSQL: address for streaming; empty: conninfo")
    window_days: int = Field(30, ge=0, description="every moment stays reachable so long")
    keep_at_least: int = Field(2, ge=1, description="good sets that always stay")


class ArchiveSettings(_Frozen):
    """Where closed days go; without this block all octets stay in the store."""

    folder: Path = Field(description="folder for a file a day, on ground that is copied elsewhere")
    keep_days: int = Field(60, ge=0, description="so long octets stay in the store; 31 or more")


class TsaSettings(_Frozen):
    """A time-stamp authority for what is recorded; without this block nothing is stamped."""

    url: str = Field(pattern=r"^https?://\S+$", description="where it answers (RFC 3161)")
    window_minutes: int = Field(5, ge=1, le=1440, description="so much is stamped in one")
    late_minutes: int = Field(60, ge=1, description="what waits longer is an alarm")


class AlarmSettings(_Frozen):
    """Who is told of alarms, and when a backup is too old."""

    command: tuple[str, ...] = Field((), description="program and arguments; gets JSON on stdin")
    url: str = Field("", pattern=r"^(https?://\S+)?$", description="gets JSON by POST")
    token_file: Path | None = Field(None, description="sent to `url` as bearer token")
    heartbeat_seconds: int = Field(300, ge=0, description="between two heartbeats; 0: none")
    backup_hours: int = Field(26, ge=1, description="an older newest backup set is an alarm")

    @model_validator(mode="after")
    def _one(self) -> "AlarmSettings":
        rules.hook(self.command, self.url)
        return self


class ServeSettings(_Frozen):
    """The window for the party's own system, over HTTP; without this block there is none."""

    host: str = Field(
        "127.0.0.1", pattern=HOST, description="address to listen on; others than loopback: TLS"
    )
    port: int = Field(ge=1, le=65535)
    token_file: Path = Field(description="file with the secret every request bears")
    certificate_file: Path | None = Field(None, description="mutual TLS: the window's certificate")
    key_file: Path | None = None
    ca_file: Path | None = Field(None, description="mutual TLS: authority of clients")
    clients: tuple[str, ...] = Field(
        (), description="mutual TLS: SHA-256 of the clients' certificates, hex"
    )

    @model_validator(mode="after")
    def _complete(self) -> "ServeSettings":
        if rules.tls("", (self.certificate_file, self.key_file, self.ca_file)) != bool(
            self.clients
        ):
            raise ValueError("TLS files and `clients` belong together")
        return self


class NodeSettings(_Frozen):
    """Everything one node instance needs to know."""

    env: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,40}$")
    purpose: Literal["production", "test", "development"] = "production"
    node: str = Field(pattern=r"^[a-z0-9-]{1,30}$", description="the same on active and standby")
    machine: str = Field("a", pattern=r"^[a-z0-9-]{1,30}$", description="instance of the node")
    data: Path = Field(description="folder for this instance's own files")
    workers: int = Field(1, ge=1, le=64)
    batch: int = Field(200, ge=1, le=1000, description="channel messages per recording transaction")
    store: StoreSettings
    trust: Path = Field(description="folder with trust list, anchors and CRLs")
    crls: tuple[str, ...] = Field((), description="paths or http addresses of CRLs, read each hour")
    keys: Path | None = Field(None, description="folder with this node's and its parties' keys")
    passphrase_file: Path | None = None
    signer: SignerSettings | None = Field(None, description="instead of parties' keys here")
    catalogue: Path | None = Field(None, description="folder with overlays; empty: the base")
    operator: str = Field(
        "",
        pattern=r"^[0-9a-z.-]{0,40}$",
        description="whose commands these are: an operator of the trust list, who then reads his "
        "divisions only; empty: the node's own account",
    )
    libcrypto: str = Field("libcrypto.so.3", description="library for SM2 and SM3")
    sm2_tables: int = Field(
        32,
        ge=0,
        le=1000,
        description="signers verified by tables, 2.7 MB each and 9 MB for all; 0: libcrypto alone",
    )
    channels: tuple[ChannelSettings, ...] = Field(min_length=1)
    application: ApplicationSettings
    lease: LeaseSettings = LeaseSettings()
    schedule: Mapping[str, str] = Field(
        default_factory=dict, description="phase = cron line; weekdays mon to sun, or 0: Monday"
    )
    backup: BackupSettings | None = None
    archive: ArchiveSettings | None = None
    tsa: TsaSettings | None = None
    alarms: AlarmSettings = AlarmSettings()
    serve: ServeSettings | None = None
    metrics_port: int = Field(0, ge=0, le=65535, description="0: no HTTP endpoint")
    metrics_address: str = Field("127.0.0.1", pattern=HOST, description="where /metrics listens")

    @model_validator(mode="after")
    def _together(self) -> "NodeSettings":
        own, window = self.application, self.serve
        served = None if window is None else (window.host, window.port)
        rules.apart(self.channels)
        rules.sources(self.crls)
        rules.ports((self.metrics_address, self.metrics_port), served)
        rules.own_system(
            own.desk, own.core, served=window is not None, folder=own.folder is not None
        )
        if self.archive is not None and self.purpose != "development":
            horizon = max(30, self.backup.window_days if self.backup else 0)
            if self.archive.keep_days <= horizon:
                raise ValueError(f"archive.keep_days must be more than {horizon}")
        return self

    @property
    def instance(self) -> str:
        """Name of this instance in the lease."""
        return f"{self.node}-{self.machine}"


def load(
    path: Path, environ: Mapping[str, str] | None = None, overrides: Sequence[str] = ()
) -> NodeSettings:
    """The settings of a node.

    Raises:
        Misconfigured: `settings_missing`, `settings_unreadable`, `settings_syntax`,
            `settings_invalid` (which, where).
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Misconfigured("settings_missing", file=str(path)) from error
    except OSError as error:
        reason = errorcode.get(error.errno or 0)
        raise Misconfigured("settings_unreadable", file=str(path), reason=reason) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Misconfigured("settings_syntax", reason=str(error)[:200]) from error
    source = os.environ if environ is None else environ
    for name, value in sorted(source.items()):
        if name.startswith(PREFIX):
            _put(data, name.removeprefix(PREFIX).lower().split("__"), value)
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise Misconfigured("settings_syntax", reason="--set takes key=value")
        _put(data, key.split("."), value)
    try:
        rules.plain(data)
        return _anchored(NodeSettings.model_validate(data), path.resolve().parent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        reason = f"{where}: {said}" if where else said
        raise Misconfigured("settings_invalid", reason=reason) from None
    except ValueError as error:
        raise Misconfigured("settings_invalid", reason=str(error)) from None


def _put(data: dict[str, Any], keys: Sequence[str], value: str) -> None:
    for key in keys[:-1]:
        inner = data.setdefault(key, {})
        if not isinstance(inner, dict):
            raise Misconfigured("settings_syntax", reason=f"{'.'.join(keys)} is no table")
        data = inner
    data[keys[-1]] = value


def _anchored(settings: NodeSettings, folder: Path) -> NodeSettings:
    """Relative paths count from the settings' folder."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else folder / rules.short(path)

    def url(text: str) -> str:
        start = "sqlite:///"
        return f"{start}{folder / text.removeprefix(start)}" if text.startswith(start) else text

    def core(text: str) -> str:
        start, slashes, path = text.partition(":///")
        return f"{start}{slashes}{folder / path}" if slashes else text

    def within(block: _Frozen | None, *names: str) -> _Frozen | None:
        return block and block.model_copy(update={n: at(getattr(block, n)) for n in names})

    return settings.model_copy(
        update={
            "data": at(settings.data),
            "trust": at(settings.trust),
            "keys": at(settings.keys),
            "passphrase_file": at(settings.passphrase_file),
            "catalogue": at(settings.catalogue),
            "signer": within(settings.signer, "certificate_file", "key_file", "ca_file"),
            "backup": within(settings.backup, "target", "barman"),
            "archive": within(settings.archive, "folder"),
            "serve": within(
                settings.serve, "token_file", "certificate_file", "key_file", "ca_file"
            ),
            "alarms": settings.alarms.model_copy(
                update={"token_file": at(settings.alarms.token_file)}
            ),
            "store": settings.store.model_copy(
                update={"url": url(settings.store.url), "lease": url(settings.store.lease)}
            ),
            "application": settings.application.model_copy(
                update={
                    "core": core(settings.application.core),
                    "profile": at(settings.application.profile),
                    "folder": at(settings.application.folder),
                }
            ),
            "channels": tuple(
                within(c, "path", "password_file", "ca_file", "certificate_file", "key_file")
                for c in settings.channels
            ),
        }
    )
