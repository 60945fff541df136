"""The echo: answers probes, passes them on, and notes what answers this node's own (see `probes`).

A probe is verified as every voucher is, and its sender must be entitled to submit it. The node that
serves whom it asks answers; the hub answers too, and passes it on by the channel it came by. What
cannot be sent now is lost. Answers that nobody asked for change nothing.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hub.clock import Clock, Instant
from hub.errors import ChannelDown, RuleBroken, SealUntrusted
from hub.exchange import packets, probes
from hub.exchange.model import Incoming, MessageClass, Outgoing
from hub.exchange.place import Place
from hub.exchange.ports import Channel, Sealer, Store, Verifier
from hub.exchange.probes import Asking, ProbeParcel
from hub.observer import Fact, Observer
from hub.parties import NodeId, Party, party
from hub.voucher.ground import NothingKnown
from hub.voucher.model import Voucher

TOKEN: Final = 0
"""Nobody waits for the outcome of a probe."""


class Voice:
    """Sends octets by one channel of this process, once they are open, or not at all."""

    def __init__(self) -> None:
        self.channels: Mapping[str, Channel] = {}

    def say(self, channel: str, peer: NodeId, octets: bytes) -> bool:
        """Whether the channel took it; outcomes of earlier ones are thrown away."""
        found = self.channels.get(channel)
        if found is None:
            return False
        try:
            found.publish([Outgoing(TOKEN, peer, MessageClass.URGENT, octets)])
            found.outcomes()
        except ChannelDown:
            return False
        return True


class Echo:
    """Of one worker process."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of an echo
        self,
        place: Place,
        store: Store[Any],
        verifier: Verifier,
        sealer: Sealer,
        asking: Callable[[Party], Asking],
        voice: Voice,
        clock: Clock,
        observe: Observer,
    ) -> None:
        self._place = place
        self._store = store
        self._verifier = verifier
        self._sealer = sealer
        self._asking = asking
        self._voice = voice
        self._clock = clock
        self._observe = observe

    def hear(self, incoming: Incoming, parcel: ProbeParcel) -> None:
        """One probe.

        Raises:
            Rejection: it does not hold; nobody answers it.
            Held, CustodyDown, StoreDown: it is not answered now, and comes again only if sent.
        """
        octets, digest = parcel.octets, hashlib.sha256(parcel.octets).digest()
        opened = self._verifier.open(octets, digest)
        [voucher] = self._verifier.verify_many([(opened, self._clock.now())], NothingKnown())
        if not isinstance(voucher, Voucher):
            raise voucher
        if voucher.id.kind != probes.KIND or len(voucher.top.to) != 1:
            raise RuleBroken("probe_form")
        if not self._verifier.may_submit(incoming.sender, voucher.top.id.party):
            raise SealUntrusted("not_entitled_to_submit")
        receiver = party(voucher.top.to[0])
        mine = self._place.serves(receiver)
        number = probes.answered(voucher)
        if number and mine:
            self._note(number, voucher, incoming.channel)
        if not number and (mine or self._place.is_hub):
            own = receiver if mine else self._place.directory.hub_party
            self._answer(own, voucher, incoming)
        if not mine and self._place.is_hub:
            self._pass_on(receiver, voucher, incoming)

    def ask(self, numbers: Sequence[tuple[str, Party]], by: Party) -> list[Voucher]:
        """Probes of an own party, each under its number to its party, sealed."""
        asking, now = self._asking(by), self._clock.now()
        drafts = [probes.question(asking, number, to, now) for number, to in numbers]
        return self._sealer.seal(drafts)

    def parcel(self, to: Party, voucher: Voucher) -> tuple[NodeId, bytes]:
        """The neighbour a probe goes to, and the octets for it.

        Raises:
            RuleBroken: `no_route`.
        """
        place = self._place
        if to not in place.directory.node_of:
            raise RuleBroken("no_route")
        peer = place.directory.node_of[to] if place.is_hub else place.directory.hub
        parcel = ProbeParcel(place.env, place.node, peer, place.incarnation, voucher.octets)
        return peer, packets.encode_probe(parcel)

    def _note(self, number: str, voucher: Voucher, channel: str) -> None:
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            heard = tx.answer_probe(number, str(voucher.top.id.party), channel)
            tx.commit()
        self._tell(voucher, channel, "heard" if heard else "unasked")

    def _answer(self, own: Party, asked: Voucher, incoming: Incoming) -> None:
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            number = f"{self._place.incarnation}-{tx.next_serial(str(own), probes.KIND)}"
            tx.commit()
        draft = probes.answer(self._asking(own), number, asked, Instant(self._clock.now()))
        (voucher,) = self._sealer.seal([draft])
        _, octets = self.parcel(asked.top.id.party, voucher)
        said = self._voice.say(incoming.channel, incoming.sender, octets)
        self._tell(asked, incoming.channel, "answered" if said else "lost")

    def _pass_on(self, receiver: Party, voucher: Voucher, incoming: Incoming) -> None:
        peer, octets = self.parcel(receiver, voucher)
        said = peer != incoming.sender and self._voice.say(incoming.channel, peer, octets)
        self._tell(voucher, incoming.channel, "passed" if said else "lost")

    def _tell(self, voucher: Voucher, channel: str, state: str) -> None:
        fields = {"document_id": str(voucher.id), "channel": channel, "state": state}
        self._observe(Fact("probe", fields))
