"""What a keeper sees around its store and processes: disks, the newest backup set, what runs out.

Certificates and lists are read by a short process of its own (ops.expiry_child), because a keeper
does not load what reads them; it is asked once this instance has been active for a minute, every
hour, and when the trust state has changed since: what it takes in itself is no reason to ask again.
It would take the machine from workers that have just become active, and nothing in it is urgent. A
party's folders are looked into once a minute, at most a thousand entries each.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import Final

from hub.clock import HOUR, MINUTE, Clock, Instant
from hub.errors import TargetDown
from ops.settings import NodeSettings
from ops.ship import DONE
from ops.terminal import out_of_reach
from ops.wiring_folder import has_folder, unread_in

EVERY_MS: Final = HOUR
FOLDER_EVERY_MS: Final = MINUTE
PATIENCE_SECONDS: Final = 120.0
Expiry = tuple[str, Instant, int]
"""Sort and key, its end, level as `hub.trust.watch.Level`."""


class Surroundings:
    """Of one node instance."""

    def __init__(
        self, settings: NodeSettings, config: Path, overrides: Sequence[str], clock: Clock
    ) -> None:
        self._settings = settings
        self._command = [sys.executable, "-m", "ops.expiry_child", str(config), *overrides]
        self._clock = clock
        self._asked: tuple[int, Instant] | None = None
        self._asking: Popen[bytes] | None = None
        self.near: Sequence[Expiry] | None = None
        """What is not far from its end; None while nobody could tell."""
        self.nearest: Mapping[str, Instant] = {}
        """By sort: the end that comes first."""
        self.begins: Sequence[tuple[str, Instant]] = ()
        """Catalogue releases that are here and do not count yet."""
        self.folders: Mapping[str, Path] = {"data": settings.data, **_store_folder(settings)}
        """By the name they are told under; paths stay here."""
        self.wants_backup: bool = settings.backup is not None
        """Whether sets are to be made at all."""
        self.unread: Mapping[str, int] | None = {}
        """Entries of the party's folders that say nothing; None while they cannot be looked at."""
        self._unread_at: Instant | None = None

    def backup_made_at(self) -> Instant | None:
        """When this instance made its newest set; None: never, or none is wanted."""
        try:
            made = (self._settings.data / DONE).stat().st_mtime_ns
        except OSError:
            return None
        return Instant(made // 1_000_000)

    def look(self, trust_state: int, *, settled: bool = True) -> None:
        """Ask what runs out, when it is due to be asked; not before this instance has `settled`."""
        now = self._clock.now()
        self._look_into_folders(now)
        if not settled:
            return
        if self._asked is not None:
            state, at = self._asked
            if state == trust_state and now - at < EVERY_MS:
                return
        self._asked = self._take(self._ask(), trust_state), now

    def _look_into_folders(self, now: Instant) -> None:
        application, before = self._settings.application, self._unread_at
        if not has_folder(application):
            return
        if before is not None and 0 <= now - before < FOLDER_EVERY_MS:
            return
        self._unread_at = now
        try:
            self.unread = unread_in(application, now)
        except TargetDown:
            self.unread = None

    def close(self) -> None:
        """End the asking, if it goes on: no process outlives its keeper's orderly end."""
        asking = self._asking
        if asking is not None:
            asking.kill()

    def _ask(self) -> bytes:
        try:
            with out_of_reach():
                asking = Popen(self._command, stdin=DEVNULL, stdout=PIPE)
            with asking:
                self._asking = asking
                try:
                    said, _ = asking.communicate(timeout=PATIENCE_SECONDS)
                except TimeoutExpired:
                    asking.kill()
                    return b""
        except OSError:
            return b""
        finally:
            self._asking = None
        return b"" if asking.returncode else said

    def _take(self, said: bytes, trust_state: int) -> int:
        """Keep what was said; the trust state it was said of, or that given."""
        if not said:
            self.near, self.begins = None, ()
            return trust_state
        told = json.loads(said)
        self.near = [(name, Instant(ends_at), level) for name, ends_at, level in told["near"]]
        self.begins = [(name, Instant(at)) for name, at in told["begins"]]
        self.nearest = {sort: Instant(ends_at) for sort, ends_at in told["nearest"].items()}
        return int(told["trust_state"])


def _store_folder(settings: NodeSettings) -> dict[str, Path]:
    start = "sqlite:///"
    if not settings.store.url.startswith(start):
        return {}
    return {"store": Path(settings.store.url.removeprefix(start)).parent}
