"""Trust lists on the way: announced, brought, taken, awaited; and what an expired one does."""

from collections.abc import Sequence

import pytest

from hub.clock import DAY, MINUTE, Instant
from hub.errors import HubError, Malformed, SealUntrusted
from hub.exchange import packets
from hub.exchange.beats import Beat
from hub.exchange.courier import AGAIN_MS, LISTS, PARCEL_BYTES_MAX, RELEASES, Carried, Courier
from hub.exchange.documents import Numbered
from hub.exchange.model import DocumentParcel, MessageClass
from hub.exchange.withholding import APART_MAX
from hub.parties import NodeId
from tests.support.gate import AGENT, CENTRE, DIRECTORY, HUB, KINDS, PEER, Gate, Recorder, a_plain
from tests.support.plain import PlainVerifier
from tests.support.simulator.world import BANK, World
from tests.support.stores import TickingClock


class Taker:
    """Takes documents, and refuses those it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, tuple[bytes, ...]]] = []
        self.error: HubError | None = None

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        if self.error is not None:
            raise self.error
        self.taken.append((message, tuple(parts)))


class Lists:
    """A shelf of numbered documents."""

    def __init__(self, *documents: Numbered) -> None:
        self.documents = documents

    def newest(self) -> int:
        return max((one.number for one in self.documents), default=0)

    def after(self, number: int) -> Sequence[Numbered]:
        return [one for one in self.documents if one.number > number]


class Site:
    """The hub's gate with everything that a test moves."""

    def __init__(self) -> None:
        self.clock, self.app, self.taker = TickingClock(), Recorder(), Taker()
        self.verifier = PlainVerifier(DIRECTORY, KINDS, 1)
        self.gate = Gate(
            "sim", HUB, PEER, DIRECTORY, self.verifier, self.app, self.clock, documents=self.taker
        )

    def held(self) -> list[object]:
        return [fact.fields["code"] for fact in self.gate.told("held")]


def test_a_list_that_comes_is_taken_with_its_sections() -> None:
    site = Site()
    site.gate.receive(site.gate.document(b"list", b"core", b"units"))
    assert [(b"list", (b"core", b"units"))] == site.taker.taken


def test_a_list_that_does_not_hold_is_refused_and_kept() -> None:
    site = Site()
    site.taker.error = SealUntrusted("trust_list_number", number=1)
    octets = site.gate.document(b"an old list")
    site.gate.receive(octets, site.gate.packet([a_plain("1")], CENTRE))
    assert ["trust_list_number"] == [f.fields["code"] for f in site.gate.told("refused")]
    assert ["1"] == site.app.numbers, "what came beside it is recorded"


def test_lists_come_before_what_may_need_them() -> None:
    site = Site()
    site.gate.receive(site.gate.packet([a_plain("1")], CENTRE), site.gate.document(b"list"))
    assert 1 == len(site.taker.taken)


def test_what_a_newer_list_of_its_sender_may_allow_is_held_and_judged_again() -> None:
    site = Site()
    site.verifier.number = 4
    packet = site.gate.packet([a_plain("1")], AGENT, trust_number=5)  # not served here
    site.gate.receive(packet)
    assert ({}, ["trust_list_awaited"]) == (site.gate.codes(), site.held())
    site.verifier.number = 5
    site.gate.receive(packet)
    assert ["not_served"] == list(site.gate.codes().values()), "judged again, under the list"


def test_a_broken_seal_is_refused_whatever_list_its_sender_has() -> None:
    site = Site()
    broken = bytearray(a_plain("1"))
    broken[-2] ^= 1
    site.gate.receive(site.gate.packet([bytes(broken)], CENTRE, trust_number=99))
    assert [] == site.held()
    assert 1 == len(site.gate.told("refused"))


def test_an_old_list_of_the_sender_excuses_nothing() -> None:
    site = Site()
    site.verifier.number = 5
    site.gate.receive(site.gate.packet([a_plain("1")], AGENT, trust_number=5))
    assert ["not_served"] == list(site.gate.codes().values())


def journal(site: Site) -> str:
    entries = site.gate.store._data.tables.get("journal", {}).values()
    return b"\n".join(entry.payload for entry in entries).decode()


def test_under_a_list_that_is_over_nothing_takes_effect_which_is_recorded_once() -> None:
    site = Site()
    site.verifier.ends_at = Instant(site.clock.now() - 1)
    packet = site.gate.packet([a_plain("1")], CENTRE)
    for _ in range(3):
        site.gate.receive(packet)
    assert ({}, []) == (site.gate.codes(), site.app.numbers)
    assert ["trust_list_over"] * 3 == site.held()
    assert 1 == journal(site).count("withheld")
    site.verifier.ends_at = Instant(site.clock.now() + DAY)  # the next list is there
    site.gate.receive(packet)
    assert ["recorded"] == list(site.gate.codes().values())
    assert ["1"] == site.app.numbers


def test_what_is_on_record_is_answered_also_under_a_list_that_is_over() -> None:
    site = Site()
    packet = site.gate.packet([a_plain("1")], CENTRE)
    site.gate.receive(packet)
    first = site.gate.codes()
    site.clock.at += 2 * MINUTE
    site.verifier.ends_at = Instant(site.clock.now() - 1)
    site.gate.receive(packet, site.gate.packet([b"nonsense"], CENTRE))
    assert 1 == len(first)
    assert ["1"] == site.app.numbers
    assert 1 == len(site.gate.told("refused")), "what is no message is refused as ever"


def test_clocks_that_disagree_give_no_verdict_on_an_expiry() -> None:
    site = Site()
    site.verifier.ends_at = Instant(site.clock.now() - 1)
    site.gate.exchange._clock = TickingClock(site.clock.at - APART_MAX - 1)
    site.gate.receive(site.gate.packet([a_plain("1")], CENTRE))
    assert ["1"] == site.app.numbers


def brought(world: World) -> list[DocumentParcel]:
    machine = world.of(BANK)
    found = []
    for channel in machine.channels.values():
        for incoming in channel.receive(100, [MessageClass.HOP]):
            channel.ack([incoming.tag])
            parcel = packets.decode(incoming.octets)
            if isinstance(parcel, DocumentParcel):
                found.append(parcel)
    return found


def announce(world: World, number: int, release: int = 1, peer: NodeId = BANK) -> None:
    place = world.of(HUB).place
    beat = Beat(place.env, peer, HUB, "life", world.clock.now(), number, release, 0, b"", ())
    with world.sites[HUB].store.begin() as tx:
        tx.seen([beat])
        tx.commit()


def courier(world: World, *lists: Numbered, carried: Carried = LISTS) -> Courier[object]:  # type: ignore[type-var]
    machine = world.of(HUB)
    return Courier(
        machine.place, machine.store, machine.channels, Lists(*lists), machine.site.facts.append,
        carried,
    )  # fmt: skip


def test_a_neighbour_that_announces_less_is_sent_what_it_lacks_in_order() -> None:
    world = World(1)
    sent = courier(world, *(Numbered(n, f"list {n}".encode(), (b"core",)) for n in (1, 2, 3)))
    assert 0 == sent.step(), "nobody has said anything yet"
    announce(world, 1)
    assert 2 == sent.step()
    assert [b"list 2", b"list 3"] == [parcel.octets for parcel in brought(world)]
    announce(world, 3)
    assert 0 == sent.step()


def test_a_release_is_brought_to_whoever_announces_a_lower_one() -> None:
    world = World(1)
    shelf = (Numbered(2, b"release 2", (b"kinds",)), Numbered(3, b"release 3", ()))
    sent = courier(world, *shelf, carried=RELEASES)
    announce(world, 9, release=2)
    assert 1 == sent.step()
    assert [b"release 3"] == [parcel.octets for parcel in brought(world)]
    announce(world, 0, release=3)
    assert 0 == sent.step(), "how far its lists go is another courier's business"


def test_what_got_lost_is_sent_again_after_a_while_and_not_before() -> None:
    world = World(1)
    sent = courier(world, Numbered(1, b"list", ()))
    announce(world, 0)
    assert 1 == sent.step()
    assert 0 == sent.step()
    world.clock.advance(AGAIN_MS)
    announce(world, 0)
    assert 1 == sent.step()


def test_sections_that_do_not_fit_one_parcel_travel_in_several_with_their_list() -> None:
    world = World(1)
    parts = tuple(bytes([n]) * (PARCEL_BYTES_MAX // 2) for n in range(3))
    sent = courier(world, Numbered(1, b"list", parts))
    announce(world, 0)
    assert 3 == sent.step()
    parcels = brought(world)
    assert {b"list"} == {parcel.octets for parcel in parcels}
    assert set(parts) == {part for parcel in parcels for part in parcel.parts}


def test_a_document_comes_out_as_it_went_in_and_nothing_else_is_one() -> None:
    parcel = DocumentParcel("sim", PEER, HUB, "life", b"list", (b"", b"part"))
    octets = packets.encode_document(parcel)
    assert parcel == packets.decode(octets)
    for wrong in (octets + b"x", octets[:-1], octets.replace(b"[0,4]", b'""')):
        with pytest.raises(Malformed):
            packets.decode(wrong)
