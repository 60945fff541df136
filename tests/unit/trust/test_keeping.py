"""Keeping lists: what comes is judged by pinned keys, in order, once, and counts at its moment."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.clock import DAY, HOUR, Instant
from hub.errors import Conflict, HubError
from hub.observer import Fact
from hub.parties import NodeId
from hub.trust.keeping import Here
from hub.trust.list_keeping import TrustKeeping
from hub.trust.listing import issue
from hub.trust.model import LocalSuspension, PartyEntry, SealEntry, Status, TrustList
from hub.trust.pinned import ListGround
from hub.trust.ports import KeptState
from hub.trust.revise import Ending, revised
from hub.trust.revoking import lift, suspend
from keys.keyring import open_keyring
from keys.trust_files import read_trust
from tests.support import pki
from tests.support.office import Office, of
from tests.support.sealed import schemas
from tests.support.stores import TickingClock

Sent = tuple[bytes, dict[bytes, bytes]]


@dataclass
class Registry:
    """A node's keeping over a memory store, and lists sealed for it."""

    office: Office
    clock: TickingClock = field(default_factory=lambda: TickingClock(pki.AT))
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        files = read_trust(self.office.made.out / "trust")
        self.store = MemoryStore(self.clock, "00" * 8)
        here = Here(NodeId("icbc"), frozenset({pki.BANK}), "00" * 8, "lane")
        ground = pki.list_ground(files)
        self.keeping: TrustKeeping[MemoryTransaction] = TrustKeeping(
            self.store, here, lambda: ground, self.clock.now, self.facts.append
        )
        self.here, self.ground = here, ground
        self.take((files.message, dict(files.sections)))

    def take(self, sent: tuple[bytes, Any]) -> None:
        self.keeping.take(sent[0], list(sent[1].values()))

    def sealed(self, trust: TrustList, *by: Any, at: Instant | None = None) -> Any:
        parties = by or (pki.TREASURY, pki.AUDITOR)
        folder = self.office.made.out / "parties"
        makers = [(p, open_keyring(folder / str(p), pki.vault()).maker("trust")) for p in parties]
        return issue(trust, makers, self.ground, schemas().catalogue.release, at or pki.AT)

    def next(self, after: TrustList | None = None, **more: Any) -> TrustList:
        dates: dict[str, Any] = {
            "effective_at": pki.AT, "expires_at": Instant(pki.AT + 400 * DAY),
        }  # fmt: skip
        return revised(after or self.office.made.trust, **(dates | more))

    @property
    def states(self) -> list[tuple[int, str, str]]:
        return [(row.number, str(row.state), row.code) for row in self.keeping.kept()]

    @property
    def state(self) -> int:
        with self.store.read() as tx:
            return tx.fence.trust_state

    @property
    def number(self) -> int:
        with self.store.read() as tx:
            return tx.trust_number()


@pytest.fixture(name="registry")
def _registry(office: Office) -> Registry:
    return Registry(office)


def refused(registry: Registry, sent: Any) -> str:
    before = registry.state
    with pytest.raises(HubError) as error:
        registry.take(sent)
    assert before == registry.state, "what is refused changes nothing"
    return error.value.code


def test_the_first_list_is_in_force_and_the_next_follows_it(registry: Registry) -> None:
    assert (1, 2) == (registry.number, registry.state)
    registry.take(registry.sealed(registry.next()))
    assert [(1, "in_force", ""), (2, "in_force", "")] == registry.states
    assert (2, 3) == (registry.number, registry.state)


def test_the_same_list_again_is_nothing_new(registry: Registry) -> None:
    sent = registry.sealed(registry.next())
    registry.take(sent)
    state, facts = registry.state, len(registry.facts)
    registry.take(sent)
    assert (state, facts) == (registry.state, len(registry.facts))


def test_a_list_that_another_process_takes_meanwhile_is_nothing_new(registry: Registry) -> None:
    sent = registry.sealed(registry.next())

    def overtaken() -> ListGround:
        registry.take(sent)
        return registry.ground

    slower = TrustKeeping(
        registry.store, registry.here, overtaken, registry.clock.now, registry.facts.append
    )
    slower.take(sent[0], list(sent[1].values()))
    assert [(1, "in_force", ""), (2, "in_force", "")] == registry.states
    assert 3 == registry.state, "put in force once"


class Overtaken:
    """A process's store; when its reads have been counted down, another process acts first."""

    def __init__(self, store: MemoryStore, reads: int, meanwhile: Callable[[], None]) -> None:
        self.begin = store.begin
        self._store, self._reads, self._meanwhile = store, reads, meanwhile

    def read(self) -> AbstractContextManager[MemoryTransaction]:
        self._reads -= 1
        if self._reads == 0:
            self._meanwhile()
        return self._store.read()


@pytest.mark.parametrize("reads", range(1, 9))
def test_a_list_counts_once_whenever_another_process_is_faster(office: Office, reads: int) -> None:
    registry = Registry(office)
    sent = registry.sealed(registry.next())
    store = Overtaken(registry.store, reads, lambda: registry.take(sent))
    slower: TrustKeeping[MemoryTransaction] = TrustKeeping(
        store, registry.here, lambda: registry.ground, registry.clock.now, registry.facts.append
    )
    slower.take(sent[0], list(sent[1].values()))
    assert [(1, "in_force", ""), (2, "in_force", "")] == registry.states
    assert 3 == registry.state, "put in force once"


def test_a_lower_number_is_refused_and_kept(registry: Registry) -> None:
    second = registry.next()
    registry.take(registry.sealed(second))
    other = registry.sealed(replace(registry.office.made.trust, effective_at=pki.AT))
    third = registry.sealed(registry.next(second))
    registry.take(third)
    assert "trust_list_number" == refused(registry, other)
    assert (1, "refused", "trust_list_number") in registry.states
    with registry.store.read() as tx:
        digest = hashlib.sha256(other[0]).digest()
        assert {digest: other[0]} == dict(tx.messages([digest]))


def test_two_lists_with_one_number_are_a_conflict_and_both_kept(registry: Registry) -> None:
    registry.take(registry.sealed(registry.next()))
    later = registry.next(expires_at=Instant(pki.AT + 300 * DAY))
    with pytest.raises(Conflict, match="trust_list_conflict"):
        registry.take(registry.sealed(later))
    both = sorted(registry.states[1:])
    assert [(2, "in_force", ""), (2, "refused", "trust_list_conflict")] == both
    assert 2 == registry.number


def test_one_pinned_key_is_not_enough_also_twice(registry: Registry) -> None:
    once = registry.sealed(registry.next(), pki.FINANCE, pki.FINANCE)
    assert "trust_list_seals" == refused(registry, once)
    assert 1 == registry.number


def test_a_key_that_is_not_pinned_brings_nothing_on_record(registry: Registry) -> None:
    registry.ground = replace(registry.ground, pins=())
    others = tuple(p for p in registry.office.made.pins if p.party != pki.TREASURY)
    lists = registry.states
    keeping = TrustKeeping(
        registry.store, registry.here, lambda: replace(registry.ground, pins=others),
        registry.clock.now, registry.facts.append,
    )  # fmt: skip
    registry.ground = pki.list_ground(read_trust(registry.office.made.out / "trust"))
    message, parts = registry.sealed(registry.next())
    registry.ground = replace(registry.ground, pins=others)
    with pytest.raises(HubError, match="seal_unknown"):
        keeping.take(message, list(parts.values()))
    assert lists == registry.states


def test_a_list_that_came_too_early_waits_for_the_one_before_it(registry: Registry) -> None:
    second = registry.next()
    third = registry.next(second)
    registry.take(registry.sealed(third))
    assert [(1, "in_force", ""), (3, "waiting", "")] == registry.states
    registry.take(registry.sealed(second))
    assert ["in_force"] * 3 == [state for _, state, _ in registry.states]
    assert 3 == registry.number


def test_a_list_waits_for_its_sections_and_takes_no_others(registry: Registry) -> None:
    seal = of(registry.office.made.trust, SealEntry, pki.BANK)
    ending = Ending("seal", seal.key, Status.REVOKED, pki.AT)
    message, parts = registry.sealed(registry.next(endings=[ending]))
    registry.keeping.take(message, [b"a section nobody names"])
    assert (2, "waiting", "") == registry.states[-1]
    with registry.store.read() as tx:
        stranger = hashlib.sha256(b"a section nobody names").digest()
        assert {} == dict(tx.messages([stranger]))
    registry.take((message, parts))
    assert (2, "in_force", "") == registry.states[-1]


def test_a_list_counts_from_its_moment_on(registry: Registry) -> None:
    tomorrow = Instant(pki.AT + DAY)
    registry.take(registry.sealed(registry.next(effective_at=tomorrow)))
    assert ((2, "accepted", ""), 1) == (registry.states[-1], registry.number)
    state = registry.state
    registry.clock.at = tomorrow - 1
    assert 0 == registry.keeping.settle()
    registry.clock.at = tomorrow
    assert 1 == registry.keeping.settle()
    assert (2, state + 1) == (registry.number, registry.state)


def test_an_unendorsed_change_is_refused_though_two_have_sealed_it(registry: Registry) -> None:
    old = of(registry.office.made.trust, SealEntry, pki.BANK)
    forged = replace(old, digest=b"\x08" * 32, seal_id="forged")
    addition = replace(registry.office.endorsed(forged, pki.BANK), endorsement=b"")
    registry.take(registry.sealed(registry.next(additions=[addition])))
    assert (2, "refused", "trust_endorsement_missing") == registry.states[-1]
    assert 1 == registry.number


def test_a_node_is_told_of_a_change_of_its_own_entry_only(registry: Registry) -> None:
    def told() -> list[tuple[object, object]]:
        found = [fact.fields for fact in registry.facts if fact.name == "trust_own_entry"]
        return [(fields["kind"], fields["n"]) for fields in found if fields["n"] != 1]

    other = Ending("party", str(pki.UNIT), Status.SUSPENDED, pki.AT)
    registry.take(registry.sealed(second := registry.next(endings=[other])))
    assert [] == told()
    own = Ending("party", str(pki.BANK), Status.SUSPENDED, pki.AT)
    registry.take(registry.sealed(registry.next(second, endings=[own])))
    assert [("PartyEntry", 3)] == told()


def test_a_local_suspension_counts_at_once_and_goes_when_a_list_has_it(registry: Registry) -> None:
    party = of(registry.office.made.trust, PartyEntry, pki.BANK)
    subject = f"party:{party.key}"
    state = registry.state
    row = LocalSuspension(subject, Instant(pki.AT - HOUR), "key_compromise")
    assert state + 1 == suspend(registry.store, registry.here, [row], "act x")
    with registry.store.read() as tx:
        assert [row] == tx.suspensions()
    with pytest.raises(HubError, match="suspension_unknown"):
        lift(registry.store, registry.here, ["party:011.1"], "act z")
    ending = Ending("party", party.key, Status.REVOKED, pki.AT, "key_compromise")
    registry.take(registry.sealed(registry.next(endings=[ending])))
    with registry.store.read() as tx:
        assert [] == tx.suspensions()


def test_every_change_is_in_the_journal(registry: Registry) -> None:
    registry.take(registry.sealed(registry.next()))
    entries = registry.store._data.tables["journal"].values()
    lines = b"\n".join(entry.payload for entry in entries).decode()
    for state in (KeptState.WAITING, KeptState.ACCEPTED, KeptState.IN_FORCE):
        assert f"{state}" in lines
    assert "trust list 2" in lines
