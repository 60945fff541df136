"""Wiring of the alarm hook; apart, because a node without one loads none of it."""

from adapters.hooks.hook import CommandHook, Hook, HttpHook, Retried
from ops.secret_files import secret_text
from ops.settings import AlarmSettings

__all__ = ["Hook", "hook"]


def hook(settings: AlarmSettings) -> Hook | None:
    """What the settings name; None where they name nothing.

    Raises:
        Misconfigured: `secret_missing`.
    """
    if settings.command:
        return Retried(CommandHook(settings.command))
    if settings.url:
        token = (
            secret_text(settings.token_file).encode() if settings.token_file is not None else None
        )
        return Retried(HttpHook(settings.url, token))
    return None
