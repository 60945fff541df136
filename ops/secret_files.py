"""Secrets that stand in files of their own, never in settings or the environment."""

from pathlib import Path

from hub.errors import Misconfigured


def secret(path: Path) -> bytes:
    """What a secret's file holds, without the line's end; never nothing, which anybody knows.

    Raises:
        Misconfigured: `secret_missing`.
    """
    try:
        found = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise Misconfigured("secret_missing", reason=type(error).__name__) from error
    if not found:
        raise Misconfigured("secret_missing", reason="empty")
    return found


def secret_text(path: Path) -> str:
    """A secret that travels as text: printable ASCII.

    Raises:
        Misconfigured: `secret_missing`.
    """
    found = secret(path).decode("latin-1")
    if not (found.isascii() and found.isprintable()):
        raise Misconfigured("secret_missing", reason="not printable ASCII")
    return found
