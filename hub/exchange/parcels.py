"""Sorting what channels brought: parcels of true neighbours by their kind, and the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.errors import Malformed, Rejection
from hub.exchange import packets
from hub.exchange.beats import Beat
from hub.exchange.model import DocumentParcel, Incoming, NoticeBatch, Packet
from hub.exchange.place import Place
from hub.exchange.ports import Verifier
from hub.exchange.probes import ProbeParcel
from hub.exchange.recovery import ResyncParcel


@dataclass(slots=True)
class Parcels:
    """A batch, sorted."""

    packets: list[tuple[Incoming, Packet]] = field(default_factory=list)
    notices: list[NoticeBatch] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    documents: list[tuple[Incoming, DocumentParcel]] = field(default_factory=list)
    probes: list[tuple[Incoming, ProbeParcel]] = field(default_factory=list)
    resyncs: list[ResyncParcel] = field(default_factory=list)
    bad: list[tuple[Incoming, str]] = field(default_factory=list)
    """With the refusal's code."""


def sort(batch: Sequence[Incoming], place: Place, verifier: Verifier) -> Parcels:
    """Decode and check: env first, then who the channel says it is, then the notices' seal."""
    sorted_ = Parcels()
    for incoming in batch:
        try:
            _sort(sorted_, incoming, place, verifier)
        except Rejection as error:
            sorted_.bad.append((incoming, error.code))
    return sorted_


def _sort(into: Parcels, incoming: Incoming, place: Place, verifier: Verifier) -> None:
    decoded = packets.decode(incoming.octets)
    if isinstance(decoded, tuple):
        parcel: Packet | NoticeBatch | Beat | DocumentParcel | ProbeParcel | ResyncParcel
        parcel = decoded[0]
    else:
        parcel = decoded
    if parcel.env != place.env:
        raise Malformed("other_environment")
    known = place.directory.adjacent(place.node, incoming.sender)
    if not known or (parcel.sender, parcel.receiver) != (incoming.sender, place.node):
        raise Malformed("unknown_peer")
    if isinstance(parcel, Packet):
        into.packets.append((incoming, parcel))
    elif isinstance(parcel, Beat):
        into.beats.append(parcel)
    elif isinstance(parcel, ResyncParcel):
        into.resyncs.append(parcel)
    elif isinstance(parcel, DocumentParcel):
        into.documents.append((incoming, parcel))
    elif isinstance(parcel, ProbeParcel):
        into.probes.append((incoming, parcel))
    else:
        assert isinstance(decoded, tuple)
        batch, signer, signature = decoded
        if not verifier.verify_node(batch.sender, signer, packets.notices_tbs(batch), signature):
            raise Malformed("notice_untrusted")
        into.notices.append(batch)
