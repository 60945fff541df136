"""Probes are answered by every node they reach, refused by every ledger, and never recorded."""

from typing import Any

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.errors import Malformed, RuleBroken, SealUntrusted
from hub.exchange import packets, probes
from hub.exchange.echo import Echo
from hub.exchange.model import Incoming, MessageClass
from hub.exchange.place import Place
from hub.exchange.probes import Asking, ProbeParcel, ProbeRow
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId, Party
from hub.voucher.model import Voucher
from tests.support.gate import (
    AGENT,
    CENTRE,
    DIRECTORY,
    FINANCE,
    HUB,
    KINDS,
    PEER,
    a_plain,
    plain_gate,
)
from tests.support.plain import PlainSealer, PlainVerifier
from tests.support.stores import TickingClock

BANK = NodeId("bank")


class Voice:
    """Remembers what a node says, and whether it can."""

    def __init__(self) -> None:
        self.said: list[tuple[str, NodeId, bytes]] = []
        self.works = True

    def say(self, channel: str, peer: NodeId, octets: bytes) -> bool:
        self.said.append((channel, peer, octets))
        return self.works


class Station:
    """One node's echo over a store of its own."""

    def __init__(self, node: NodeId) -> None:
        self.node, self.facts = node, list[Fact]()
        self.clock, self.voice = TickingClock(), Voice()
        self.store = MemoryStore(self.clock, f"{node}-1")
        place = Place("sim", node, f"{node}-1", Lane(f"{node}-1", "t", "0", "1"), DIRECTORY)
        verifier = PlainVerifier(DIRECTORY, KINDS, 1)
        voice: Any = self.voice
        self.echo = Echo(
            place, self.store, verifier, PlainSealer(), asking, voice, self.clock,
            self.facts.append,
        )  # fmt: skip

    def hear(self, sender: NodeId, octets: bytes, channel: str = "c1") -> None:
        parcel = packets.decode(octets)
        assert isinstance(parcel, ProbeParcel)
        incoming = Incoming(channel, 1, sender, MessageClass.URGENT, octets, redelivered=False)
        self.echo.hear(incoming, parcel)

    def states(self) -> list[object]:
        return [fact.fields["state"] for fact in self.facts]


def asking(party: Party) -> Asking:
    return Asking("sim", party, "370100", 1)


def asked(station: Station, to: Party = AGENT, number: str = "n-1") -> tuple[Voucher, bytes]:
    """A probe of the finance bureau, on record as asked by channel c1."""
    rows = [ProbeRow(number, str(who), "c1", "c1-1", station.clock.now()) for who in (to, CENTRE)]
    with station.store.begin() as tx:
        tx.put_probes(rows, station.clock.now())
        tx.commit()
    (probe,) = station.echo.ask([(number, to)], FINANCE)
    return probe, station.echo.parcel(to, probe)[1]


def test_a_probe_goes_through_the_hub_and_both_answer_by_the_channel_it_came_by() -> None:
    bureau, hub, bank = Station(PEER), Station(HUB), Station(BANK)
    _, question = asked(bureau)
    hub.hear(PEER, question)
    assert [("c1", PEER), ("c1", BANK)] == [said[:2] for said in hub.voice.said]
    bank.hear(HUB, hub.voice.said[1][2])
    hub.hear(BANK, bank.voice.said[0][2])
    for channel, peer, octets in (hub.voice.said[0], hub.voice.said[2]):
        assert peer == PEER
        bureau.hear(HUB, octets, channel)
    with bureau.store.read() as tx:
        assert all(row.answered_at for row in tx.probes(["n-1"]))
    assert (["heard", "heard"], ["answered", "passed", "passed"], ["answered"]) == (
        bureau.states(), hub.states(), bank.states(),
    )  # fmt: skip


def test_nothing_of_a_probe_is_recorded_where_it_is_answered() -> None:
    hub = Station(HUB)
    probe, question = asked(Station(PEER))
    hub.hear(PEER, question)
    with hub.store.read() as tx:
        found = (tx.layers([str(probe.top.id)]), tx.messages([probe.digest]), tx.open_hops())
    assert ({}, {}, 0) == found


def test_an_answer_by_another_channel_or_to_nobodys_question_counts_for_nothing() -> None:
    bureau, hub = Station(PEER), Station(HUB)
    hub.hear(PEER, asked(bureau, CENTRE)[1])
    bureau.hear(HUB, hub.voice.said[0][2], "c2")
    assert ["unasked"] == bureau.states()
    with bureau.store.read() as tx:
        assert not any(row.answered_at for row in tx.probes(["n-1"]))


def test_what_cannot_be_sent_now_is_lost_and_told() -> None:
    hub = Station(HUB)
    hub.voice.works = False
    hub.hear(PEER, asked(Station(PEER))[1])
    assert ["lost", "lost"] == hub.states()


def test_nobody_probes_in_anothers_name_and_only_probes_are_probes() -> None:
    hub = Station(HUB)
    question = asked(Station(PEER))[1]
    with pytest.raises(SealUntrusted, match="not_entitled_to_submit"):
        hub.hear(BANK, question)
    parcel = ProbeParcel("sim", PEER, HUB, "1", a_plain("7"))
    with pytest.raises(RuleBroken, match="probe_form"):
        hub.hear(PEER, packets.encode_probe(parcel))
    assert [] == hub.voice.said


def test_a_probe_among_vouchers_is_refused_by_every_ledger() -> None:
    gate, app, _ = plain_gate()
    gate.receive(gate.packet([a_plain("7", probes.KIND)], CENTRE))
    assert (["probe_form"], []) == (list(gate.codes().values()), app.numbers)


def test_a_node_that_answers_no_probes_refuses_them() -> None:
    gate, _, _ = plain_gate()
    parcel = ProbeParcel("sim", PEER, HUB, "1", a_plain("7", probes.KIND))
    gate.receive(packets.encode_probe(parcel))
    assert ["probe_unexpected"] == [fact.fields["code"] for fact in gate.told("refused")]


def test_a_probe_parcel_is_read_exactly_as_it_is_written() -> None:
    parcel = ProbeParcel("sim", PEER, HUB, "life-1", b"octets")
    octets = packets.encode_probe(parcel)
    assert parcel == packets.decode(octets)
    for wrong in (octets.replace(b'"sender"', b'"sendex"'), octets[:8]):
        with pytest.raises(Malformed, match="packet_malformed"):
            packets.decode(wrong)
    with pytest.raises(Malformed, match="packet_too_large"):
        packets.decode(octets + b"0" * packets.PROBE_BYTES_MAX)
