"""Days of vouchers in a store in SQL, as the exchange records them, moved back in time."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from adapters.store.archive_file import ArchiveFolder
from adapters.store.archiving import ArchiveDay, Archiver, Held, Owner
from adapters.store.store import SqlStore
from hub.clearing.model import Line, LineState, QuotaKey
from hub.clock import DAY, Instant, business_day
from hub.exchange.model import DeliveryRow, LayerRow, MessageClass, Role, Verdict
from hub.exchange.proofs import ProofList
from hub.exchange.stamps import StampedList
from hub.money import Fen, yuan
from hub.parties import NodeId
from hub.voucher.codec import open_message, write_message
from hub.voucher.model import Body, Head, Layer, LayerType, SealBlock
from hub.voucher.xml import write as write_body
from tests.support.stores import look

LANE = "00" * 8 + "/m/0/1"
NODE = "bank-a"
BANK = "102.3701"
KEY = QuotaKey("1506000000", "102451000011", "101", "2050202", "1", "2026", "11")


def message(number: str, amount: int, kind: str = "5201", seal: str = "") -> bytes:
    """The octets of an original."""
    body = write_body(Body({"Id": number, "PayAmt": yuan(amount)}, ()))
    layer = Layer(LayerType.ORIGINAL, body, (SealBlock("cz_jb", (seal or number).encode()),))
    return write_message(Head("370100", "2026", kind, number), [layer])


def voucher_id(number: str, kind: str = "5201", env: str = "sd-test") -> str:
    return f"{env}/370100/2026/{kind}/011.370100/{number}"


def record(
    store: SqlStore,
    *numbers: str,
    amount: int = 5,
    kind: str = "5201",
    state: LineState = LineState.CLEARED,
    env: str = "sd-test",
) -> list[bytes]:
    """Record a voucher each, in one transaction, with a line at the bank."""
    made = {number: message(number, amount, kind) for number in numbers}
    digests = {number: open_message(octets).digest for number, octets in made.items()}
    with store.begin() as tx:
        tx.add_messages({digests[n]: made[n] for n in numbers})
        layers, deliveries, lines, told = [], [], [], []
        for number, digest in digests.items():
            own = voucher_id(number, kind, env)
            layer_id = f"{own}/original/011.370100"
            name = f"{layer_id}/{BANK}/to"
            layers.append(
                LayerRow(layer_id, own, "original", "011.370100", kind, "370100", digest, digest,
                         digest, Verdict.RECORDED, 1, tx.now, tx.now, BANK)
            )  # fmt: skip
            deliveries.append(
                DeliveryRow(name, layer_id, BANK, Role.TO, digest, "hub", "c1",
                            MessageClass.ONLINE, "11" * 8, 1, tx.now)
            )  # fmt: skip
            lines.append(
                Line(BANK, own, 1, "1", kind, "370100", f"p/{number}", "1", Fen(amount), KEY, "1",
                     state, "20261101")
            )  # fmt: skip
            told.append(f"recorded {name} {digest.hex()}")
        tx.add_layers(layers)
        tx.add_deliveries(deliveries)
        tx.add_lines(lines)
        tx.append_journal(LANE, "\n".join(told).encode())
        tx.commit()
    return list(digests.values())


def become(store: SqlStore, number: str, state: LineState) -> None:
    """The line of one voucher moves on."""
    with store.begin() as tx:
        line = tx.lines_of(BANK, [voucher_id(number)])[voucher_id(number)][0]
        tx.put_lines([replace(line, state=state)])
        tx.commit()


def keep(store: SqlStore, word: str, octets: bytes, more: str = "code", lane: str = LANE) -> bytes:
    """Octets that are kept without a voucher of their own, as the journal tells of them."""
    digest = hashlib.sha256(octets).digest()
    with store.begin() as tx:
        tx.add_messages({digest: octets})
        told = f"{digest.hex()} {more}".rstrip() if word != "resealed" else digest.hex()
        tx.append_journal(lane, f"{word} {'hub' if word != 'resealed' else more} {told}".encode())
        tx.commit()
    return digest


def prove(store: SqlStore, number: int) -> tuple[ProofList, StampedList]:
    """A neighbour's proof list and a stamped list of this moment."""
    with store.begin() as tx:
        signature = number.to_bytes(64, "big")
        proof = ProofList(
            tx.now, hashlib.sha256(signature).digest(), NodeId("hub"), b"s" * 32, signature,
            f"list {number}".encode(),
        )  # fmt: skip
        stamped = StampedList(number, tx.now, tx.now, f"stamped {number}".encode(), b"0 token")
        tx.add_proof_lists([proof])
        tx.add_stamped([stamped])
        tx.commit()
    return proof, stamped


def checkpoint(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.make_checkpoint()
        tx.commit()


def pass_days(store: SqlStore, days: int = 1) -> None:
    """Everything on record becomes so many days older; hashes do not hold instants."""
    with store.engine.connect() as connection:
        for table, column in (
            ("journal", "at"), ("checkpoint", "at"), ("layer", "recorded_at"),
            ("delivery", "recorded_at"), ("proof_list", "recorded_at"), ("stamped_list", "ends_at"),
        ):  # fmt: skip
            moved = f"UPDATE {table} SET {column} = {column} - :by"  # noqa: S608
            connection.execute(text(moved), {"by": days * DAY})
        if connection.dialect.name == "sqlite":
            connection.connection.commit()


def day_before(store: SqlStore, days: int = 1) -> str:
    return business_day(Instant(look(store, lambda tx: tx.now) - days * DAY))


def archiver(
    store: SqlStore, folder: Path, passing: Callable[[str], None] = lambda _step: None
) -> Archiver:
    """The node's; a report is kept one year, all else thirty."""
    life = look(store, lambda tx: tx.fence.incarnation)
    return Archiver(
        store, ArchiveFolder(folder, NODE), Owner("sd-test", NODE, f"{LANE}1", life),
        lambda kind, _division, _year: 1 if kind == "3401" else 30, passing, chunk=1,
    )  # fmt: skip


def archived(store: SqlStore, folder: Path, day: str) -> ArchiveDay | Held:
    """What becomes of one day."""
    (done,) = archiver(store, folder).run([day])
    return done
