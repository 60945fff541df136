"""The way out to people's own tools: a command, or HTTP POST; one message a call.

Rules: a message is one JSON object of ids, codes, counts and texts. A command gets it on standard
input and has done its work when it ends with 0; a server when it answers 2xx. This is the one owner
of the quick retries (tenacity); whoever calls keeps what was not taken and comes again much later.
"""

import http.client
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from tenacity.nap import sleep as real_sleep

from hub.errors import Misconfigured, TargetDown

PATIENCE_SECONDS: Final = 10.0
ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 0.5
PAUSE_MAX_SECONDS: Final = 5.0


class Hook(Protocol):
    """Takes messages."""

    def deliver(self, message: bytes) -> None:
        """Hand over; when this returns the receiver has it.

        Raises:
            TargetDown: `hook_failed`: it may have it or not; deliver it again later.
            Misconfigured: `hook_missing`.
        """
        ...


class CommandHook:
    """Starts a program for each message."""

    def __init__(self, command: Sequence[str]) -> None:
        assert command, "a command has a program"
        self._command = tuple(command)

    def deliver(self, message: bytes) -> None:
        """Hand over on standard input."""
        try:
            ended = subprocess.run(
                self._command, input=message, stdout=subprocess.DEVNULL, check=False,
                timeout=PATIENCE_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise TargetDown("hook_failed", reason="timeout") from error
        except OSError as error:
            raise Misconfigured("hook_missing", reason=type(error).__name__) from error
        if ended.returncode:
            raise TargetDown("hook_failed", state=str(ended.returncode))


class HttpHook:
    """Posts each message; no proxy of the environment is used, no redirect followed."""

    def __init__(self, url: str, token: bytes | None = None) -> None:
        assert url.startswith(("https://", "http://")), "settings allow nothing else"
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token.decode()}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)

    def deliver(self, message: bytes) -> None:
        """Hand over by POST."""
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self._url, message, self._headers, method="POST"
        )
        try:
            with self._opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            raise TargetDown("hook_failed", state=str(error.code)) from error
        except (OSError, http.client.HTTPException) as error:
            raise TargetDown("hook_failed", reason=type(error).__name__) from error


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without its message."""

    def redirect_request(self, *_: object) -> None:
        """Not followed: the answer counts as a failure."""
        return


class Retried:
    """A hook that is tried a few times, with growing pauses."""

    def __init__(self, hook: Hook, sleep: Callable[[float], None] = real_sleep) -> None:
        self._hook = hook
        self._sleep = sleep

    def deliver(self, message: bytes) -> None:
        """Hand over, at most `ATTEMPTS` times."""
        Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=PAUSE_SECONDS, max=PAUSE_MAX_SECONDS),
            retry=retry_if_exception_type(TargetDown),
            sleep=self._sleep,
            reraise=True,
        )(self._hook.deliver, message)
