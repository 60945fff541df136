"""Probes: sealed documents `PR01` that carry no money and ask one thing: can you hear me?

A probe goes by one channel, there and back, in a parcel of its own kind. Every node it reaches
verifies it like anything else and answers it by a probe of its own; nothing of it is recorded as
business, no outbox waits for it, and no desk ever sees it. Only who asked keeps something: what was
asked by which channel and line, and when each answer came. What is lost is simply unanswered.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import DAY, Instant, business_day, iso
from hub.parties import NodeId, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId

KIND: Final = "PR01"
KEPT_MS: Final = DAY
"""So long are questions remembered."""
_ANSWER: Final = "re-"
UNANSWERED: Final = Instant(0)


@dataclass(frozen=True, slots=True)
class ProbeParcel:
    """A probe on its way from one node to its neighbour."""

    env: str
    sender: NodeId
    receiver: NodeId
    incarnation: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One answer that is waited for; (number, party) is unique."""

    number: str
    party: str
    """Who is to answer: the party asked, or the hub on the way."""
    channel: str
    line: str
    sent_at: Instant
    answered_at: Instant = UNANSWERED


class Probing(Protocol):
    """The verbs of a transaction that probes rest on."""

    def put_probes(self, rows: Sequence[ProbeRow], before: Instant) -> None:
        """Record questions; those sent before that moment are forgotten."""
        ...

    def answer_probe(self, number: str, party: str, channel: str) -> bool:
        """Note an answer, now; False: nobody asked by that channel, or it was answered before."""
        ...

    def probes(self, numbers: Collection[str]) -> list[ProbeRow]:
        """Questions of these numbers, by number and party."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """Who makes a probe, and where it acts."""

    env: str
    party: Party
    division: str
    """One in which this party acts."""
    cat: int


def question(asking: Asking, number: str, to: Party, at: Instant) -> Draft:
    """A probe to a party under a number of its own."""
    return _draft(asking, number, number, to, at)


def answer(asking: Asking, number: str, asked: Voucher, at: Instant) -> Draft:
    """The answer to a probe, under a number of its own."""
    to = asked.top.id.party
    return _draft(asking, number, _ANSWER + asked.id.number, to, at)


def answered(probe: Voucher) -> str:
    """The number of the probe that this one answers; empty: it is a question."""
    name = probe.top.content.fields["Id"]
    return name.removeprefix(_ANSWER) if name.startswith(_ANSWER) else ""


def _draft(asking: Asking, number: str, name: str, to: Party, at: Instant) -> Draft:
    year = business_day(at)[:4]
    identity = VoucherId(asking.env, asking.division, year, KIND, asking.party, number)
    layer = LayerId(identity, LayerType.DOCUMENT, asking.party)
    return Draft(layer, asking.cat, (str(to),), Body({"Id": name, "MadeAt": iso(at)}))
