"""People with media between simulated nodes: files are written, lost, taken in late and twice.

A file here is its messages without cipher and tally, which have tests of their own.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from hub.errors import Rejection
from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.exchange.carried_file import Header
from hub.exchange.carried_intake import Intake, Taken
from hub.exchange.carrying import Carrier, Written
from hub.parties import NodeId
from tests.support.plain import PlainSigner
from tests.support.simulator.machine import Machine
from tests.support.simulator.stage import Stage

BATCH: Final = 3
NOWHERE: Final = bytes(32)


@dataclass(frozen=True)
class Medium:
    """A file on its way."""

    header: Header
    messages: tuple[bytes, ...]


class Media:
    """The shelf on which files lie between two moves."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.shelf: list[Medium] = []
        self.taken = 0
        """Files that were taken in whole."""

    def move(self) -> None:
        """Somebody writes a file, or takes one in; some files are never found again."""
        chance = self.stage.chance
        if not self.shelf or chance.random() < 0.4:
            machine = chance.choice(self.stage.machines)
            self.write(
                machine, chance.choice(machine.place.directory.neighbours(machine.site.node))
            )
            return
        medium = chance.choice(self.shelf)
        if chance.random() < 0.5:
            self.shelf.remove(medium)
        if chance.random() < 0.9:
            self.take(self.stage.of(medium.header.receiver), medium)

    def write(self, machine: Machine, peer: NodeId) -> None:
        """A node's open rows for a neighbour, if it has any and may."""

        def write() -> None:
            carrier = carrier_of(machine)
            plan, written = carrier.plan(peer, 20), Written()
            messages = tuple(octets for octets, _ in carrier.packets(plan, written))
            kind = CarriedKind.PACKETS
            medium = Medium(header(machine, kind, plan.number, peer), messages)
            row = carriage(medium, CarriedWay.OUT, len(written.delivery_ids))
            carrier.keep(row, f"carried {plan.number}", written.delivery_ids)
            self.shelf.append(medium)

        with suppress(Rejection):
            machine.act(write)

    def take(self, machine: Machine, medium: Medium) -> None:
        """At the receiver, from the beginning; its answer is the next file."""

        def take() -> None:
            place, taken = machine.place, Taken()
            intake: Intake[Any] = Intake(
                place, machine.store, machine.verifier, machine.exchange.receive
            )
            intake.require_addressed(medium.header)
            messages: Iterator[bytes] = iter(medium.messages)
            while batch := list(islice(messages, BATCH)):
                intake.take(medium.header, batch, taken)
            self.taken += 1
            if taken.entries:
                sender = medium.header.sender
                octets = carrier_of(machine).notices(sender, taken.entries)
                answer = header(machine, CarriedKind.ANSWER, medium.header.number, sender)
                self.shelf.append(Medium(answer, (octets,)))

        with suppress(Rejection):
            machine.act(take)


def carrier_of(machine: Machine) -> Carrier[Any]:
    """Who writes for this machine."""
    signer = PlainSigner(machine.site.node)
    return Carrier(machine.place, machine.store, signer, machine.site.facts.append)


def header(machine: Machine, kind: CarriedKind, number: str, peer: NodeId) -> Header:
    """Of a file that this machine writes now."""
    place = machine.place
    now = machine.site.clock.now()
    return Header(place.env, kind, number, place.node, peer, place.incarnation, now)


def carriage(medium: Medium, way: CarriedWay, count: int) -> Carriage:
    """The record of a hand-over."""
    told = medium.header
    peer = told.receiver if way is CarriedWay.OUT else told.sender
    octets = sum(map(len, medium.messages))
    return Carriage(
        told.number, told.kind, way, peer, NOWHERE, count, 0, 0, octets, "", "somebody", told.at
    )
