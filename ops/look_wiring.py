"""Wires a node for one command: its parts and its lease, as one more process beside its own."""

import fcntl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.clearing.calendar import Calendar
from hub.clock import Clock
from hub.errors import Fenced, Misconfigured, TargetDown
from hub.journal import Anchor
from hub.lease.ports import LeaseStore
from hub.observer import Observer, silent
from hub.trust.operators import Act
from ops import preflight
from ops.clock import SystemClock
from ops.guarded import Consent, require
from ops.scope import Scope, scope_of
from ops.settings import load
from ops.wiring import Parts, Verified, verify_store
from ops.wiring_store import mend_store, open_lease

HUB = "hub"
DAY_DIGITS = 8
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Node:
    """A node as a command sees it."""

    parts: Parts
    lease: LeaseStore
    scope: Scope
    """What whoever gives the command may see of it."""

    def verify(self, anchors: Collection[Anchor] = ()) -> Verified:
        """Check every octet and every chain of the store, and what neighbours hold of it.

        Raises:
            RuleBroken: `anchor_other_life`. StoreDown, StoreDamaged: as `verify_store` says.
        """
        return verify_store(self.parts.store, anchors)

    def mend(self, octets: bytes) -> bool:
        """Put single octets back; False: they are whole.

        Raises:
            Misconfigured: `octets_unknown`. Fenced: `other_incarnation`. StoreDown: nothing done.
        """
        place = self.parts.place
        return mend_store(self.parts.store, place.incarnation, str(place.lane), octets)

    def run_phase(self, name: str, day: str) -> int:
        """Run a phase of the day now, under the token the store knows; how much was planned.

        Raises:
            Misconfigured: `hub_has_no_phases`, `phase_unknown`.
            Fenced: `lease_lost`: a takeover came between.
        """
        if self.parts.settings.application.desk == HUB:
            raise Misconfigured("hub_has_no_phases")
        with self.parts.store.read() as tx:
            token = tx.fence.token
        planned: int = self.parts.desk.run_phase(name, day, token)
        return planned

    def release_act(self) -> Act:
        """The act of giving back this instance's lease, bound to its token."""
        settings = self.parts.settings
        arguments = {"instance": settings.instance, "token": str(self.parts.fence.token)}
        return Act(settings.env, "lease.release", arguments)

    def release_lease(self, act: Act, consent: Consent) -> str:
        """Give back what a dead instance of these settings holds; who held it, empty if not it.

        Raises:
            Fenced: `lease_lost`, `other_incarnation`: a takeover or restore came between.
            Misconfigured: `instance_runs_already`: a keeper that lives gives it back by SIGTERM.
            RuleBroken, SealUntrusted, Misconfigured: as `ops.guarded.require` says.
        """
        settings = self.parts.settings
        line = require(self.parts, act, consent)
        with (settings.data / f"{settings.instance}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Misconfigured("instance_runs_already") from None
            self._note(line, under=int(act.arguments["token"]))
            held = self.lease.read().holder == settings.instance
            self.lease.release(settings.instance)
        return settings.instance if held else ""

    def switchover_act(self, to: str) -> Act:
        """The act of handing the lease to another instance, bound to the token.

        Raises:
            Misconfigured: `switchover_needs_postgres`; `instance_unknown`: not of this node.
        """
        settings = self.parts.settings
        if settings.store.url.startswith("sqlite:"):
            raise Misconfigured("switchover_needs_postgres")
        if not to.startswith(f"{settings.node}-"):
            raise Misconfigured("instance_unknown", reason=f"{settings.node}-MACHINE")
        arguments = {"to": to, "token": str(self.lease.read().token)}
        return Act(settings.env, "lease.switchover", arguments)

    def switch_over(self, act: Act, consent: Consent, rest: Callable[[float], None]) -> float:
        """Hand it over and wait until the other has renewed it; how many seconds that took.

        Raises:
            TargetDown: `standby_silent`: it does not; whoever held it takes it back.
            Fenced: `lease_lost`, `other_incarnation`: a takeover or restore came between.
            RuleBroken, SealUntrusted, Misconfigured: as `ops.guarded.require` says.
        """
        clock, limits, to = self.parts.clock, self.parts.settings.lease, act.arguments["to"]
        line = require(self.parts, act, consent)
        self._note(line)
        begun, token = clock.monotonic(), int(act.arguments["token"])
        given = self.lease.hand_over(to, int(limits.ttl_seconds * 1000), token)
        if given.holder != to:
            raise Fenced("lease_lost", token=given.token)
        while clock.monotonic() - begun < limits.ttl_seconds:
            now = self.lease.read()
            if now.holder == to and now.expires_at > given.expires_at:
                return clock.monotonic() - begun
            rest(LOOK_SECONDS)
        raise TargetDown("standby_silent", node=to)

    def _note(self, line: str, under: int | None = None) -> None:
        """Put an act into the journal, before it is done; `under`: the token it is bound to."""
        with self.parts.store.begin() as tx:
            tx.fence.require_incarnation(self.parts.place.incarnation)
            if under is not None:
                tx.fence.require_token(under)
            tx.append_journal(str(self.parts.lane), line.encode())
            tx.commit()


@contextmanager
def node(config: Path, observe: Observer = silent, *, within_scope: bool = False) -> Iterator[Node]:
    """A node's parts, closed at the end; `observe` hears what they tell.

    `within_scope`: the command shows and touches nothing that `Node.scope` does not see, so that
    whoever sees a part of the node may give it.

    Raises:
        Misconfigured: what `load` and the store raise.
        SealUntrusted: `operator_scope`, without `within_scope`; as `scope_of` says.
        StoreDown: the store is away.
    """
    settings, clock = load(config), SystemClock()
    preflight.make_folder(settings.data)
    parts = Parts(settings, "look", str(clock.now()), observe, clock)
    lease = open_lease(settings.store.lease or settings.store.url, parts.fence.token)
    try:
        scope = scope_of(parts)
        if not within_scope:
            scope.require_whole()
        yield Node(parts, lease, scope)
    finally:
        lease.close()
        parts.store.close()


def day_of(text: str | None, clock: Clock) -> str:
    """The business day of an option's text; None is today's.

    Raises:
        Misconfigured: `day_format`.
    """
    return Calendar(frozenset()).business_day(clock.now()) if text is None else day_text(text)


def day_text(text: str) -> str:
    """A day as it is written.

    Raises:
        Misconfigured: `day_format`.
    """
    if len(text) != DAY_DIGITS or not (text.isascii() and text.isdigit()):
        raise Misconfigured("day_format")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Misconfigured("day_format") from None
    return text
