"""Keeping releases: judged by pinned keys, in order, once, and none that would break the wire."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.embedded.memory_records import MESSAGES
from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.clock import DAY, Instant
from hub.errors import Damaged, HubError, Malformed
from hub.exchange.documents import ByKind
from hub.observer import Fact
from hub.parties import NodeId, Party
from hub.trust.keeping import Here
from hub.trust.listing import open_list
from hub.trust.pinned import POSITIONS, Head, ListGround, named, pinned_ground
from hub.trust.release_keeping import ReleaseKeeping
from hub.trust.releasing import (
    RELEASE,
    file_name,
    founding,
    founding_files,
    publish_release,
)
from hub.voucher import seal
from hub.voucher.catalogue import Catalogue
from hub.voucher.releases import Releases
from keys.keyring import open_keyring
from keys.release_source import Judges, folder_releases
from keys.trust_files import read_release, read_trust, write_release
from ops.release_source import StoredReleases
from schemas import catalogue_files
from tests.support import pki
from tests.support.attacked import code_of
from tests.support.office import Office
from tests.support.sealed import suites
from tests.support.stores import TickingClock

SHIPPED = catalogue_files.files(catalogue_files.shipped())
OURS = b'[kind.5299]\nlike = "5201"\nname = "x"\nen = "x"\n'
Sent = tuple[bytes, dict[str, bytes]]


def files(number: int, **more: bytes) -> dict[str, bytes]:
    """The shipped files under another number, with kinds of the test's own."""
    line = SHIPPED["release.toml"].replace(b"number = 1", f"number = {number}".encode())
    own = {f"kinds.{name}.toml": octets for name, octets in more.items()}
    return {**SHIPPED, "release.toml": line, **own}


@cache
def _compiled(found: tuple[tuple[str, bytes], ...]) -> Catalogue:
    return catalogue_files.compiled(dict(found), pki.ENV)


def compiled(found: Mapping[str, bytes]) -> Catalogue:
    """As a node compiles files; the same ones, that many tests have, once."""
    return _compiled(tuple(sorted(found.items())))


@dataclass
class Shelf:
    """A node's keeping of releases over a memory store, and releases sealed for it."""

    office: Office
    clock: TickingClock = field(default_factory=lambda: TickingClock(pki.AT))
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock, "00" * 8)
        self.ground = pki.list_ground(read_trust(self.office.made.out / "trust"))
        self.keeping = self.another()
        self.keeping.found(SHIPPED)

    def another(self, ground: ListGround | None = None) -> ReleaseKeeping[MemoryTransaction]:
        here = Here(NodeId("icbc"), frozenset({pki.BANK}), "00" * 8, "lane")
        return ReleaseKeeping(
            self.store, here, lambda: ground or self.ground,
            compiled, self.clock.now, self.facts.append,
        )  # fmt: skip

    def sealed(
        self, number: int, *by: Party, at: int = pki.AT, content: Any = None, **more: Any
    ) -> Sent:
        content = content or files(number, ours=OURS)
        digests = {name: hashlib.sha256(octets).hexdigest() for name, octets in content.items()}
        dates = {"effective_at": Instant(at), "expires_at": Instant(at + 400 * DAY)}
        head = Head(**{"env": pki.ENV, "number": number, "parts": digests, **dates, **more})
        parties = by or (pki.TREASURY, pki.AUDITOR)
        folder = self.office.made.out / "parties"
        makers = [open_keyring(folder / str(p), pki.vault()).maker("trust") for p in parties]
        sizes = {name: len(octets) for name, octets in content.items()}
        draft = publish_release(head, sizes, parties[0], 1)
        positions = list(zip(POSITIONS, makers, strict=True))
        stand = pinned_ground(self.ground)
        return seal(draft, positions, stand, at=Instant(pki.AT)).octets, content

    def take(self, sent: Sent) -> None:
        self.keeping.take(sent[0], list(sent[1].values()))

    @property
    def states(self) -> list[tuple[int, str, str]]:
        return [(row.number, str(row.state), row.code) for row in self.keeping.kept()]

    @property
    def state(self) -> int:
        with self.store.read() as tx:
            return tx.fence.trust_state


@pytest.fixture(name="shelf")
def _shelf(office: Office) -> Shelf:
    return Shelf(office)


def refused(shelf: Shelf, sent: Sent) -> str:
    before = shelf.state
    with pytest.raises(HubError) as error:
        shelf.take(sent)
    assert before == shelf.state, "what is refused changes nothing"
    return error.value.code


def verdict(shelf: Shelf, sent: Sent) -> tuple[int, str, str]:
    """What becomes of a release whose seals hold."""
    shelf.take(sent)
    return shelf.states[-1]


def test_a_node_begins_once_with_what_it_is_given(shelf: Shelf) -> None:
    assert [(1, "founding", "")] == shelf.states
    assert not shelf.another().found(files(7))
    assert [(1, "founding", "")] == shelf.states


def test_the_next_release_is_accepted_and_every_process_is_told(shelf: Shelf) -> None:
    state = shelf.state
    assert (2, "accepted", "") == verdict(shelf, shelf.sealed(2))
    assert state + 1 == shelf.state
    shelf.take(shelf.sealed(3))
    assert [1, 2, 3] == [number for number, _, _ in shelf.states], "none is ever removed"


def test_the_same_release_again_is_nothing_new(shelf: Shelf) -> None:
    sent = shelf.sealed(2)
    shelf.take(sent)
    state, facts = shelf.state, len(shelf.facts)
    shelf.take(sent)
    assert (state, facts) == (shelf.state, len(shelf.facts))


def test_a_release_that_came_too_early_waits_for_the_one_before_it(shelf: Shelf) -> None:
    shelf.take(shelf.sealed(3))
    assert (3, "waiting", "") == shelf.states[-1]
    shelf.take(shelf.sealed(2))
    assert ["founding", "accepted", "accepted"] == [state for _, state, _ in shelf.states]


def test_a_release_waits_for_its_files_and_takes_no_others(shelf: Shelf) -> None:
    message, content = shelf.sealed(2)
    shelf.keeping.take(message, [b"a file nobody names"])
    assert (2, "waiting", "") == shelf.states[-1]
    with shelf.store.read() as tx:
        assert {} == dict(tx.messages([hashlib.sha256(b"a file nobody names").digest()]))
    shelf.take((message, content))
    assert (2, "accepted", "") == shelf.states[-1]


def test_a_lower_number_is_refused_and_kept(shelf: Shelf) -> None:
    old = shelf.sealed(2)
    shelf.take(shelf.sealed(2, at=pki.AT + DAY))
    shelf.take(shelf.sealed(3, at=pki.AT + DAY))
    assert "catalogue_release_number" == refused(shelf, old)
    assert (2, "refused", "catalogue_release_number") in shelf.states
    with shelf.store.read() as tx:
        digest = hashlib.sha256(old[0]).digest()
        assert {digest: old[0]} == dict(tx.messages([digest]))


def test_two_releases_with_one_number_are_a_conflict_and_both_kept(shelf: Shelf) -> None:
    shelf.take(shelf.sealed(2))
    assert "catalogue_release_conflict" == refused(shelf, shelf.sealed(2, at=pki.AT + DAY))
    assert 2 == sum(number == 2 for number, _, _ in shelf.states)


def test_what_a_node_began_with_is_not_released_anew(shelf: Shelf) -> None:
    assert "catalogue_release_conflict" == refused(shelf, shelf.sealed(1))


@pytest.mark.parametrize("code", ["catalogue_release_seals", "catalogue_release_other_environment"])
def test_one_key_twice_or_another_environment_is_refused(shelf: Shelf, code: str) -> None:
    twice = code == "catalogue_release_seals"
    by = (pki.FINANCE, pki.FINANCE) if twice else ()
    more = {} if twice else {"at": pki.AT}
    sent = shelf.sealed(2, *by, **more)
    if not twice:
        shelf.ground = replace(shelf.ground, env="sd-prod")
    assert code == refused(shelf, sent)


def test_a_key_that_is_not_pinned_brings_nothing_on_record(shelf: Shelf) -> None:
    sent = shelf.sealed(2)
    others = tuple(pin for pin in shelf.ground.pins if pin.party != pki.TREASURY)
    states = shelf.states
    with pytest.raises(HubError, match="seal_unknown"):
        shelf.another(replace(shelf.ground, pins=others)).take(sent[0], list(sent[1].values()))
    assert states == shelf.states


def test_a_trust_list_is_no_release(shelf: Shelf) -> None:
    files_ = read_trust(shelf.office.made.out / "trust")
    with pytest.raises(Malformed, match="catalogue_release_form"):
        shelf.keeping.take(files_.message, [])


def test_a_release_is_no_trust_list(shelf: Shelf) -> None:
    files_ = read_trust(shelf.office.made.out / "trust")
    assert pki.ENV == open_list(files_.message, files_.sections, shelf.ground, pki.AT).trust.env
    release, _ = shelf.sealed(2)
    with pytest.raises(Malformed, match="trust_list_form"):
        open_list(release, files_.sections, shelf.ground, pki.AT)


class Taker:
    """Takes documents."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, Sequence[bytes]]] = []

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        self.taken.append((message, parts))


def test_each_document_goes_to_who_keeps_its_kind(shelf: Shelf) -> None:
    lists, releases = Taker(), Taker()
    a_list = read_trust(shelf.office.made.out / "trust").message
    message, _ = shelf.sealed(2)
    keepers = ByKind({"TL01": lists, "CR01": releases})
    for octets in (a_list, message):
        keepers.take(octets, [b"part"])
    expected = [(a_list, [b"part"])], [(message, [b"part"])]
    assert expected == (lists.taken, releases.taken)
    with pytest.raises(Malformed, match="document_unexpected"):
        ByKind({"TL01": lists}).take(message, [])
    with pytest.raises(Malformed):
        keepers.take(b"nonsense", [])


def test_files_that_make_no_catalogue_are_refused_though_two_have_sealed_them(
    shelf: Shelf,
) -> None:
    for wrong in (
        files(2, ours=b"[kind.5299"),
        files(2, ours=b"kind = 5"),
        files(2, ours=b'[kind.5299]\nlike = "0000"\n'),
        {k: v for k, v in files(2).items() if k != "types.toml"},
        files(7),
    ):
        alone = Shelf(shelf.office)
        sent = alone.sealed(2, content=wrong)
        assert (2, "refused", "catalogue_release_content") == verdict(alone, sent)


def test_a_release_without_a_kind_of_document_is_refused(shelf: Shelf) -> None:
    bare = files(2)
    text = bare["kinds.documents.toml"]
    bare["kinds.documents.toml"] = text[: text.index(b"[kind.MK01]")]
    sent = shelf.sealed(2, content=bare)
    assert (2, "refused", "catalogue_release_documents") == verdict(shelf, sent)


def test_dates_must_follow(shelf: Shelf) -> None:
    dates = "catalogue_release_dates"
    ends = shelf.sealed(2, effective_at=Instant(pki.AT + DAY), expires_at=Instant(pki.AT + DAY))
    assert (2, "refused", dates) == verdict(shelf, ends)
    shelf.take(shelf.sealed(2, at=pki.AT + 9 * DAY))
    before = verdict(shelf, shelf.sealed(3, at=pki.AT + 8 * DAY))
    assert (3, "refused", dates) == before


@pytest.mark.parametrize(
    "name", ["../fields.toml", "kinds/ours.toml", "kinds..toml", "other.ours.toml", "x", ".toml"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    assert not file_name(name)


def test_the_names_of_all_shipped_files_may_travel() -> None:
    assert all(map(file_name, SHIPPED))


def test_a_released_file_stands_where_it_came_from() -> None:
    folder = catalogue_files.shipped()
    for name, octets in SHIPPED.items():
        assert octets == (folder / catalogue_files.path_of(name)).read_bytes()


def test_what_a_release_names_can_be_read_again(shelf: Shelf) -> None:
    message, content = shelf.sealed(2)
    expected = {name: hashlib.sha256(octets).hexdigest() for name, octets in content.items()}
    assert expected == dict(named(RELEASE, message))
    assert expected == dict(founding_files(founding(content)))


def folder(shelf: Shelf, tmp_path: Path, *numbers: int) -> Releases:
    """The releases that the voucher library alone finds in a trust folder."""
    for number in numbers:
        write_release(tmp_path, number, *shelf.sealed(number))
    by = Judges(pki.ENV, shelf.ground.pins, shelf.ground.anchors, suites(), shelf.clock.now)
    return folder_releases(tmp_path, SHIPPED, by)


def test_a_folder_alone_has_the_package_and_what_was_sealed_since(
    shelf: Shelf, tmp_path: Path
) -> None:
    found = folder(shelf, tmp_path, 2, 3)
    assert ((1, 2, 3), 3) == (found.numbers, found.newest)
    assert "5299" in found.schemas(2).catalogue.kinds
    assert "5299" not in found.schemas(1).catalogue.kinds


def test_a_release_that_is_not_in_the_folder_is_told(shelf: Shelf, tmp_path: Path) -> None:
    message, content = shelf.sealed(2)
    write_release(tmp_path, 2, message, content)
    assert (message, content) == read_release(tmp_path, 2)
    assert "catalogue_release_missing" == code_of(lambda: read_release(tmp_path, 3))


def test_a_store_that_lost_a_file_of_a_release_is_damaged(shelf: Shelf) -> None:
    def stored() -> StoredReleases:
        return StoredReleases(pki.ENV, shelf.store, dict, shelf.keeping, shelf.clock.now)

    shelf.take(shelf.sealed(2))
    assert (1, 2) == stored().releases.numbers
    digest = hashlib.sha256(OURS).digest()
    del shelf.store._data.tables[MESSAGES.name][digest]
    with pytest.raises(Damaged, match="catalogue_file_missing"):
        assert stored().releases.numbers


def test_a_folder_with_a_forged_release_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    message, content = shelf.sealed(2, pki.FINANCE, pki.FINANCE)
    write_release(tmp_path, 2, message, content)
    with pytest.raises(HubError, match="catalogue_release_seals"):
        folder(shelf, tmp_path)


def test_every_change_is_in_the_journal(shelf: Shelf) -> None:
    shelf.take(shelf.sealed(2))
    entries = shelf.store._data.tables["journal"].values()
    lines = b"\n".join(entry.payload for entry in entries).decode()
    for said in ("catalogue release 1", "catalogue release 2", "waiting", "accepted"):
        assert said in lines
