"""Archives of whole days: what a day's file must hold, and the proof that it holds all of it. Pure.

- A day is the calendar day in Beijing on which a node recorded a message. It is archived when it is
  old enough and nothing of it is unfinished; until then all of it stays.
- The journal says what was recorded (`recorded`, `posted`; `resealed`: other seals over what is on
  record) and what was kept without effect (`refused`, `withheld`, `set_aside`). A day's file holds
  the journal between two checkpoints that enclose the day, and all octets that its lines name.
  Neighbours hold those checkpoints, so that nobody can leave any out, or change them, unseen.
- Octets leave the store with the day that recorded them. What a day only refused, withheld, set
  aside or met again leaves with it unless a layer or a delivery names it as its message: then the
  file has a copy, and the octets wait for the day that recorded them.
- Beside them it keeps what proves when they were there: neighbours' proof lists, stamped lists and
  their tokens. Their rows stay in the store; their octets stand there as a mark.
- The proof is one canonical text: counts, amounts from the bodies themselves, a digest for each
  table, both checkpoints, and the proof of the file written before it. It follows from the content
  alone: a day archived again gives the same proof.
- What stays in the store for ever is the memory of identities (protocol 3); only octets move. Of
  documents that a node reads as long as it runs, a file has copies.
- A file of the first form has no table `kept`, and no copies of what stays.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from hub.clock import BEIJING, MINUTE, Instant, business_day, instant
from hub.errors import Damaged
from hub.journal import Checkpoint, Entry
from hub.money import fen
from hub.voucher.codec import open_message
from hub.voucher.model import Body, LayerType
from hub.voucher.xml import content

AFTER: Final = 10 * MINUTE
"""How long after the day's end its closing checkpoint is: no transaction lasts so long."""
STAYING: Final = frozenset({"TL01", "CR01"})
"""Documents that a node reads as long as it runs: trust lists, catalogue releases."""
FIRST_TABLES: Final = ("message", "layer", "delivery", "line", "journal", "checkpoint")
TABLES: Final = (*FIRST_TABLES, "kept")
REFUSED, PROOF_LIST, STAMPED_LIST, TOKEN = "refused", "proof_list", "stamped_list", "token"
LONGEST_YEARS: Final = 30
"""The longest class: of what has no kind of its own, or one the catalogue knows no more."""
ROLES: Final = frozenset({REFUSED, PROOF_LIST, STAMPED_LIST, TOKEN})
"""What the octets in the table `kept` are."""
_AGAIN: Final = "resealed"
_WORDS: Final = frozenset({"recorded", "posted", _AGAIN})
_WITHOUT_EFFECT: Final = frozenset({"refused", "withheld", "set_aside"})
_MARK: Final = b"\0"
"""Begins no list and no token."""
_AMOUNTS: Final = ("PayAmt", "PlanAmt", "SumAmt", "AllAmt", "CurDateMoney")
_X_AMOUNTS: Final = ("XPayAmt", "XSumAmt")


@dataclass(frozen=True, slots=True)
class Extent:
    """One day."""

    day: str
    """yyyyMMdd."""

    @property
    def begins(self) -> Instant:
        """Midnight in Beijing."""
        return instant(datetime.strptime(self.day, "%Y%m%d").replace(tzinfo=BEIJING))

    @property
    def ends(self) -> Instant:
        """The next midnight."""
        begins = datetime.strptime(self.day, "%Y%m%d").replace(tzinfo=BEIJING)
        return instant(begins + timedelta(days=1))

    @property
    def next(self) -> "Extent":
        """The day after."""
        return Extent(business_day(self.ends))

    def holds(self, at: Instant) -> bool:
        """Whether an instant is within."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Named:
    """A message that the journal says was recorded."""

    name: str
    """The delivery id where it was received, the layer id where it was made here."""
    digest: bytes
    received: bool
    again: bool = False
    """Other seals over a body that was on record already: nothing but octets."""

    @property
    def layer_id(self) -> str:
        """The top layer it brought."""
        if not self.received:
            return self.name
        return self.name.rsplit("/", 2)[0]


def named(payload: bytes) -> Iterator[Named]:
    """The messages that a journal entry names."""
    for line in payload.decode(errors="replace").splitlines():
        word, _, rest = line.partition(" ")
        name, _, digest = rest.rpartition(" ")
        if word in _WORDS and len(digest) == 64 and name:
            yield Named(name, bytes.fromhex(digest), word != "posted", word == _AGAIN)


def without_effect(payload: bytes) -> Iterator[bytes]:
    """Digests of octets that a journal entry says were kept, and nothing more."""
    for line in payload.decode(errors="replace").splitlines():
        word, _, rest = line.partition(" ")
        told = rest.split(" ")
        if word in _WITHOUT_EFFECT and len(told) > 1 and len(told[1]) == 64:
            yield bytes.fromhex(told[1])


def marked(octets: bytes) -> bytes:
    """What stands in a store in the place of octets that have moved."""
    return _MARK + hashlib.sha256(octets).digest()


def digest_of(mark: bytes) -> bytes:
    """The digest of octets that have moved; empty: these are the octets themselves."""
    return mark[1:] if mark[:1] == _MARK else b""


def amount_of(octets: bytes) -> tuple[str, str, int]:
    """(kind, layer, fen) of a message: what its top layer says moved, else its original.

    Raises:
        Malformed: the octets are no message.
    """
    opened = open_message(octets)
    top = opened.layers[-1]
    own: Body = content(top.body)
    if top.type is LayerType.DOCUMENT:
        return opened.head.kind, top.type, 0
    said = [own.fields[name] for name in _X_AMOUNTS if name in own.fields]
    if top.type is not LayerType.RECEIPT or not said:
        below = own if len(opened.layers) == 1 else content(opened.layers[0].body)
        said = [below.fields[name] for name in _AMOUNTS if below.fields.get(name)]
    return opened.head.kind, top.type, fen(said[0]) if said else 0


@dataclass(frozen=True, slots=True)
class DayProof:
    """What a day's file holds, in numbers that anybody can make again from the file."""

    env: str
    node: str
    day: str
    counts: Mapping[str, int]
    """By table; `octets`: bytes of all messages."""
    digests: Mapping[str, str]
    """By table: SHA-256 over its rows in order, hex."""
    amounts: Sequence[tuple[str, str, int, int]]
    """(kind, layer, messages, fen), from the bodies."""
    books: Sequence[tuple[str, str, str, int, int]]
    """(party, kind, state, lines, fen): the desks' lines of the day's vouchers."""
    classes: Sequence[tuple[int, int, str]]
    """(years of retention, layers, keep until yyyyMMdd); no layers: of what is not of a layer."""
    opening: tuple[int, str]
    """Number and hash of the checkpoint before the day."""
    closing: tuple[int, str]
    """Of the first checkpoint after it."""
    previous: str
    """Proof digest of the file written before this one, hex; empty: there is none."""

    @property
    def text(self) -> bytes:
        """The canonical text."""
        return json.dumps(
            asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text: what the node's journal and the next file hold."""
        return hashlib.sha256(self.text).digest()

    @property
    def keep_until(self) -> str:
        """The day until which the longest class of its content is kept."""
        return max((until for *_, until in self.classes), default=self.day)


def read_proof(text: bytes) -> DayProof:
    """The proof that `text` wrote.

    Raises:
        Damaged: `archive_damaged`: it is another text.
    """
    try:
        told: dict[str, Any] = json.loads(text)
        for name in ("amounts", "books", "classes"):
            told[name] = [tuple(row) for row in told[name]]
        for name in ("opening", "closing"):
            told[name] = tuple(told[name])
        proof = DayProof(**told)
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged("archive_damaged", reason="proof") from error
    if proof.text != text:
        raise Damaged("archive_damaged", reason="proof")
    return proof


def until(day: str, years: int) -> str:
    """The day until which something of this day is kept: so many years after its year ends."""
    return f"{int(day[:4]) + years}1231"


def row_digest(rows: Iterable[Sequence[Any]]) -> tuple[int, str]:
    """How many rows, and SHA-256 over them as canonical lines; octets stand as hex."""
    digest, count = hashlib.sha256(), 0
    for row in rows:
        plain = [value.hex() if isinstance(value, bytes) else value for value in row]
        digest.update(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode())
        digest.update(b"\n")
        count += 1
    return count, digest.hexdigest()


class DayFile(Protocol):
    """A day's file, as it is read. Each reading is in the order of keys.

    Every method raises Damaged `archive_damaged` when the file cannot be read.
    """

    def proof(self) -> DayProof:
        """What it says of itself."""
        ...

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        """(digest, octets)."""
        ...

    def kept(self) -> Iterator[tuple[bytes, str, bytes]]:
        """(digest, role, octets); a file of the first form has none."""
        ...

    def rows(self, table: str) -> Iterator[Sequence[Any]]:
        """Rows of any table; messages as (digest, length), kept ones as (digest, role, length)."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Journal entries, lane by lane."""
        ...

    def checkpoints(self) -> Iterator[Checkpoint]:
        """From the opening one to the closing one."""
        ...


def recorded(file: DayFile) -> set[bytes]:
    """Digests of what a file's entries say was recorded on its day, or made here."""
    day = Extent(file.proof().day)
    told = (entry.payload for entry in file.entries() if day.holds(entry.at))
    return {one.digest for payload in told for one in named(payload) if not one.again}
