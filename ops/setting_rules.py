"""What settings must be to one another, and what no text of them may hold.

Each rule raises ValueError with the setting's name first; `ops.settings` makes `settings_invalid`
of it. Nothing is opened here: what only a look at files and ports can tell is `ops.look.workable`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

TEXT_CHARS_MAX: Final = 2000
NAME_BYTES_MAX: Final = 255
"""Of one part of a path: no file system here takes more."""
WEB: Final = ("http://", "https://")


class Named(Protocol):
    """A channel, as far as it is told from another."""

    @property
    def name(self) -> str:
        """As routes and reports call it."""
        ...

    @property
    def path(self) -> Path | None:
        """The file of an embedded one."""
        ...


def plain(data: Mapping[str, Any]) -> None:
    """Texts are no longer than any that makes sense, and hold no control characters."""
    for where, text in _texts(data, ""):
        if len(text) > TEXT_CHARS_MAX:
            raise ValueError(f"{where}: longer than {TEXT_CHARS_MAX} characters")
        if any(ord(sign) < ord(" ") for sign in text):
            raise ValueError(f"{where}: holds a control character")


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - parsed TOML
    if isinstance(value, str):
        yield where or "settings", value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _texts(inner, f"{where}.{n}")


def short(path: Path) -> Path:
    """A path whose every part can be a file's name."""
    if any(len(part.encode(errors="replace")) > NAME_BYTES_MAX for part in path.parts):
        raise ValueError(f"{path.name[:20]}…: a name in this path is too long")
    return path


def apart(channels: Sequence[Named]) -> None:
    """Two channels have neither a name nor a file in common."""
    names = [channel.name for channel in channels]
    paths = [channel.path for channel in channels if channel.path is not None]
    for said, found in (("name", names), ("path", [str(path) for path in paths])):
        twice = next((one for one in found if found.count(one) > 1), None)
        if twice is not None:
            raise ValueError(f"channels: two have the {said} {twice}")


def tls(what: str, files: Sequence[Path | None]) -> bool:
    """Whether TLS is set: all of its files, or none."""
    if any(files) != all(files):
        raise ValueError(f"{what}TLS needs certificate_file, key_file and ca_file together")
    return all(files)


def lease(ttl: float, renew: float, margin: float) -> None:
    """A lease is renewed before its margin begins."""
    if renew + margin >= ttl:
        raise ValueError("lease: renew_seconds and margin_seconds together must be below ttl")


def sources(crls: Sequence[str]) -> None:
    """CRLs come from files and by HTTP."""
    for crl in crls:
        if "://" in crl and not crl.startswith(WEB):
            raise ValueError("crls: a path, or an address that begins with http:// or https://")


def hook(command: Sequence[str], url: str) -> None:
    """One way out, and one that can be gone."""
    if command and url:
        raise ValueError("either `command` or `url`")
    if command and not command[0]:
        raise ValueError("command: begins with a program")
    if url:
        address = urlsplit(url)
        try:
            whole = address.hostname is not None and address.port != 0
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("url: names no host, or no port that can be")


def own_system(desk: str, core: str, *, served: bool, folder: bool) -> None:
    """Only who pays has a core; the hub has no business, so no system of its own asks it."""
    if core and desk in {"hub", "bureau"}:
        raise ValueError(f"application.core: a {desk} has none")
    if desk == "hub" and (served or folder):
        raise ValueError("serve, application.folder: nobody's own system asks a hub")
    if core.startswith("http:") and not served:
        raise ValueError("application.core = http: needs a [serve] block")


def ports(metrics: tuple[str, int], served: tuple[str, int] | None) -> None:
    """One port serves one thing."""
    if served is not None and metrics[1] == served[1]:
        raise ValueError("metrics_port, serve.port: one port cannot serve both")
