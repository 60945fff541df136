"""Load for the exchange's bench: vouchers with real SM2 seals, sealed and packed beforehand.

Keys are those of the development ceremony for the demonstration's town. A stream is a file of
packets in the order they are published, as the senders' own nodes would compose them: up to 25
vouchers, up to 512 KB, no proof list (an issuer's node proves nothing). The *day's mix* is an
original with three seals, then a receipt with two more over an original the hub knows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from hub.clock import business_day
from hub.desks.bureau import payment
from hub.exchange import packets
from hub.exchange.model import Item, MessageClass, Packet, Role
from hub.exchange.routing import delivery_id
from hub.exchange.sealing import PartySealer
from hub.exchange.verifying import Verification
from hub.parties import HUB, NodeId, Party, party
from hub.voucher.catalogue import Kind
from hub.voucher.model import Draft, LayerId, LayerType, Voucher, VoucherId
from hub.voucher.ports import SealMaker
from keys.custody import Vault
from keys.keyring import Keyring, open_keyring
from keys.release_source import begun
from keys.trust_source import TrustSource
from ops.clock import SystemClock
from ops.demo import day
from ops.demo.town import ENV, HUB_NODE, town
from ops.secret_files import secret
from ops.wiring import suites
from tests.support.samples import a_body, a_layer

ONE_SEAL: Final = "2671"  # from a bank to finance, one seal
SLICE: Final = 250
RATES: Final = {"slow": 200.0, "fast": 300.0}
"""Streams sent one by one, in this order, with their vouchers a second."""
HUB_PARTY: Final = Party(HUB, "centre")

Parcel = tuple[NodeId, Item]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many vouchers a load has."""

    warm: int
    """Originals before the clock starts, and half as many receipts, so that every signer is known.

    As many originals and as many receipts, of originals on record, are the mix.
    """
    paced: int
    """Vouchers of the mix sent one by one, at each of `RATES`."""
    one_seal: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One file of packets."""

    path: Path
    vouchers: int
    octets: int
    seals: float
    """A voucher, on average, newly verified at the hub."""


def write_stream(path: Path, parcels: Iterable[Parcel], seals: float, most: int = 25) -> Stream:
    """Compose packets and keep them."""
    groups: dict[NodeId, list[Item]] = {}
    count = octets = 0
    with path.open("wb") as file:

        def write(sender: NodeId) -> None:
            items = tuple(groups.pop(sender))
            packet = Packet(ENV, sender, HUB_NODE, MessageClass.ONLINE, "0" * 16, items)
            raw = packets.encode_packet(packet)
            head = json.dumps([sender, len(items), len(raw)]).encode()
            file.write(head + b"\n" + raw)

        for sender, item in parcels:
            count += 1
            octets += len(item.octets)
            group = groups.setdefault(sender, [])
            if group and not (packets.fits(group, item) and len(group) < most):
                write(sender)
                group = groups.setdefault(sender, [])
            group.append(replace(item, n=count))
        for sender in list(groups):
            write(sender)
    return Stream(path, count, octets, seals)


def read_stream(path: Path) -> Iterator[tuple[NodeId, int, bytes]]:
    """Sender, vouchers and octets of each packet."""
    with path.open("rb") as file:
        for line in file:
            sender, count, size = json.loads(line)
            yield NodeId(sender), count, file.read(size)


def make(root: Path, sizes: Sizes) -> dict[str, Stream]:
    """Seal and pack everything below `root`, whose `pki` the ceremony has made; two processes."""
    pairs = sizes.paced // 2
    mixed = sizes.warm * 2 + pairs * len(RATES)
    parts = [(root, n, min(SLICE, mixed - n), "mix") for n in range(0, mixed, SLICE)]
    parts += [
        (root, n, min(SLICE, sizes.one_seal - n), "one") for n in range(0, sizes.one_seal, SLICE)
    ]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        made = list(pool.map(sealed, parts))
    originals = list(chain.from_iterable(m[0] for m, p in zip(made, parts, strict=True) if m[1]))
    receipts = list(chain.from_iterable(m[1] for m in made))
    singles = list(chain.from_iterable(m[0] for m in made if not m[1]))
    warm = sizes.warm
    first = warm // 2  # receipts before the mix; from then on each comes long after its original
    both = _alternate(originals[warm:], receipts[first:])
    streams = {
        "warm": write_stream(root / "warm", [*originals[:warm], *receipts[:first]], 8 / 3),
        "mix": write_stream(root / "mix", islice(both, 2 * warm), 2.5),
        "one": write_stream(root / "one", singles, 1),
    }
    for name in RATES:
        some = islice(both, 2 * pairs)
        streams[name] = write_stream(root / name, some, 2.5, most=1)
    return streams


def kept(root: Path, sizes: Sizes) -> dict[str, Stream]:
    """The load below `root`: as it was made before, when it is of these sizes and of today."""
    note, said = root / "load.json", [sizes.warm, sizes.paced, sizes.one_seal, [*RATES], _today()]
    if note.exists():
        before = json.loads(note.read_text())
        if before["sizes"] == said:
            named = before["streams"].items()
            return {n: Stream(root / n, *facts) for n, facts in named}
    streams = make(root, sizes)
    facts = {n: [s.vouchers, s.octets, s.seals] for n, s in streams.items()}
    note.write_text(json.dumps({"sizes": said, "streams": facts}))
    return streams


def _today() -> str:
    return business_day(SystemClock().now())


def _alternate(first: Sequence[Parcel], second: Sequence[Parcel]) -> Iterator[Parcel]:
    return chain.from_iterable(zip(first, second, strict=False))


def sealed(part: tuple[Path, int, int, str]) -> tuple[list[Parcel], list[Parcel]]:
    """A slice of the load, by first number and count: (originals, receipts); `one`: one seal."""
    root, start, count, what = part
    shop = _Shop(root)
    if what == "one":
        return shop.parcels([shop.day_list(n) for n in range(start, start + count)])[1], []
    originals, parcels = shop.parcels(shop.payments(start, count))
    return parcels, shop.parcels([shop.receipt(v, n) for n, v in enumerate(originals, start)])[1]


class _Shop:
    """Everybody's seals in one place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.town = town()
        clock = SystemClock()
        self.day = _today()
        catalogues, known = begun(ENV), suites()
        trust = TrustSource(root / "pki" / "trust", ENV, known, catalogues, clock.now)
        verification = Verification(ENV, known, catalogues, trust.load, 1)
        self.release = catalogues.newest
        self.schemas = catalogues.schemas(self.release)
        self.vault = Vault(ENV, secret(root / "passphrase"), development=True)
        self.rings: dict[Party, Keyring] = {}
        self.node_of = {p.party: p.node for p in self.town.plan.parties}
        self.sealer = PartySealer(verification, catalogues, self._maker, clock)

    def parcels(self, drafts: Sequence[Draft]) -> tuple[list[Voucher], list[Parcel]]:
        """Sealed, and as items for the hub from the node of who acts."""
        sealed = self.sealer.seal(drafts)
        return sealed, [self._parcel(voucher) for voucher in sealed]

    def payments(self, start: int, count: int) -> list[Draft]:
        """Direct payments of three bureaus through two banks."""
        finance = {division.code: division.finance for division in self.town.divisions}
        made = day.make(self.town, count, start, self.day).payments
        return [
            payment(replace(p, number=f"{self.day[:4]}{n:09d}", issuer=finance[p.division],
                            batch=False), ENV, self.release)
            for n, p in enumerate(made, start)
        ]  # fmt: skip

    def receipt(self, voucher: Voucher, seed: int) -> Draft:
        """Its bank's answer."""
        kind = self._kind(voucher.id.kind, voucher.id.division)
        body = a_layer(kind, LayerType.RECEIPT, voucher.top.content, seed)
        layer = LayerId(voucher.id, LayerType.RECEIPT, party(voucher.top.to[0]))
        return Draft(layer, self.release, (str(voucher.id.issuer),), body, voucher)

    def day_list(self, n: int) -> Draft:
        """A bank's list for a bureau: one seal."""
        division, number = self.town.divisions[0], f"{self.day[:4]}{n:09d}"
        issuer = self.town.banks[0].party
        body = a_body(self._kind(ONE_SEAL, division.code), n, rows=1)
        own = {"AdmDivCode": division.code, "StYear": self.day[:4], "VoucherNo": number}
        fields = {name: own.get(name, value) for name, value in body.fields.items()}
        identity = VoucherId(ENV, division.code, self.day[:4], ONE_SEAL, issuer, number)
        layer = LayerId(identity, LayerType.ORIGINAL, issuer)
        return Draft(layer, self.release, (str(division.finance),), replace(body, fields=fields))

    def _kind(self, code: str, division: str) -> Kind:
        return self.schemas.kind(code, division, self.day[:4])

    def _maker(self, who: Party, position: str) -> SealMaker:
        if who not in self.rings:
            self.rings[who] = open_keyring(self.root / "pki" / "parties" / str(who), self.vault)
        return self.rings[who].maker(position)

    def _parcel(self, voucher: Voucher) -> Parcel:
        top = voucher.top.id
        name = delivery_id(top, HUB_PARTY, Role.RELAY)
        item = Item(name, HUB_PARTY, 0, 1, False, None, voucher.octets)
        return self.node_of[top.party], item
