"""Secrets that stand in files of their own, never in settings or the environment."""

from pathlib import Path

from hub.errors import Misconfigured


def secret(path: Path) -> bytes:
    """What a secret's file holds, without the line's end.

    Raises:
        Misconfigured: `secret_missing`.
    """
    try:
        return path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise Misconfigured("secret_missing", reason=type(error).__name__) from error
