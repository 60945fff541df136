"""Verifying SM2 signatures of known signers by tables of their keys' multiples.

A verify is sG + tP with G and P known beforehand: with tables for ten bits of s and for each byte
of t it is 58 additions, a fifth of libcrypto's own work. What the signed octets of one signer begin
with (Z, the seal) is hashed once. Rules:
- Not constant-time: for verifying only.
- libcrypto's EVP stays the judge: it decides while a table grows, it must agree on `TRIAL`
  signatures before a table is used, and it is asked about whatever a table refuses. One
  disagreement ends the use of tables in this process.
- A table grows window by window between verifies, never in one: `grow` is for whoever has a moment
  (decision 14). Keys that are used often get one; at most `most` keys have one, and only a table
  that has long not been used makes room for another. One thread.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hub.voucher.suites.beginnings import Beginnings, sm3
from hub.voucher.suites.curve import (
    BASE,
    ORDER,
    A,
    Affine,
    B,
    Curve,
    Points,
    on_curve,
)
from hub.voucher.suites.libcrypto import ID

BITS: Final = 256
BASE_WIDTH: Final = 10
"""Bits of a window for G, whose table serves every key: 9 MB."""
WIDTH: Final = 8
"""The same for a key."""
BASE_WINDOWS: Final = -(-BITS // BASE_WIDTH)
WINDOWS: Final = BITS // WIDTH
EARNED: Final = 64
"""Verifies of a key before it gets a table: as much work as a table is."""
TRIAL: Final = 16
IDLE: Final = 10_000
"""Verifies without use after which a table makes room."""
KEYS_MAX: Final = 4096
TAIL: Final = 512
"""Octets at the end of what is signed that differ each time: time, digest, propertyInfo."""
BEGINNINGS_MAX: Final = 8
_BASE_MASK: Final = (1 << BASE_WIDTH) - 1

Judge = Callable[[], bool]
"""EVP's word on the same signature."""


@dataclass(slots=True)
class Table:
    """Multiples of one point: `windows[i][d-1]` is d·2^(width·i)·P.

    Source: GB/T 32918.2-2016, 7.1; protocol rule 2.16
    """

    point: Affine
    width: int = WIDTH
    windows: list[Points] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether it can be used."""
        return len(self.windows) * self.width >= BITS

    def grow(self, curve: Curve) -> None:
        """One more window; its last point, which no digit asks for, is where the next begins."""
        before = self.windows[-1] if self.windows else curve.points([self.point])
        self.windows.append(curve.multiples(before[-1], 1 << self.width))


@dataclass(slots=True)
class _Known:
    """One signer."""

    point: Affine
    begun: Beginnings
    """By length of the message; before it stands Z of GM/T 0003."""
    used: int = 0
    last: int = 0
    agreed: int = 0
    table: Table | None = None


class Tables:
    """The tables of one process; 2.7 MB a key, and 9 MB for all of them.

    Source: GB/T 32918.2-2016, 7.1; GB/T 32918.2-2016, 5.5; protocol rule 2.16
    """

    def __init__(self, curve: Curve, most: int, idle: int = IDLE) -> None:
        """`most` keys have tables at once; `idle` as IDLE says."""
        assert most > 0
        self._curve = curve
        self._most = most
        self._idle = idle
        self._base = Table(BASE, BASE_WIDTH)
        self._growing: list[_Known] = []
        self._known: dict[bytes, _Known] = {}
        self._turn = 0
        self._trusted = True

    @property
    def trusted(self) -> bool:
        """Whether tables and EVP have never disagreed."""
        return self._trusted

    def verify(self, spki: bytes, pair: tuple[int, int], data: bytes, judge: Judge) -> bool:
        """Whether the signature (r, s) over data holds; `judge` is EVP's verify of the same."""
        if not self._trusted:
            return judge()
        known = self._use(spki)
        if known.used <= EARNED or not self._ready(known):
            return judge()
        good = self._holds(known, pair, data)
        if good and known.agreed >= TRIAL:
            return True
        right = judge()
        if right is not good:
            self._trusted = False
            self._known.clear()
        known.agreed += right
        return right

    def grow(self) -> bool:
        """One window for the table that has waited longest: 0.5 to 2 ms; False: none is growing."""
        if not self._growing:
            return False
        first = self._growing[0].table
        if not self._trusted or first is None or first.whole:
            self._growing.pop(0)
        elif not self._base.whole:
            self._base.grow(self._curve)
        else:
            first.grow(self._curve)
        return True

    def _use(self, spki: bytes) -> _Known:
        self._turn += 1
        known = self._known.get(spki)
        if known is None:
            if len(self._known) >= KEYS_MAX:
                self._known = {key: one for key, one in self._known.items() if one.table}
            point, z = _point(spki)
            known = self._known[spki] = _Known(point, Beginnings(z, BEGINNINGS_MAX))
        known.used += 1
        known.last = self._turn
        return known

    def _ready(self, known: _Known) -> bool:
        """Whether the key's table can be used; asks for one when it is time."""
        if known.table is None:
            if known.used % EARNED == 1 and self._room() and on_curve(known.point):
                known.table = Table(known.point)
                self._growing.append(known)
            return False
        return known.table.whole and self._base.whole

    def _room(self) -> bool:
        """Whether one more key may have a table, after the longest unused has gone."""
        having = [known for known in self._known.values() if known.table is not None]
        if len(having) < self._most:
            return True
        oldest = min(having, key=lambda known: known.last)
        if self._turn - oldest.last < self._idle:
            return False
        oldest.table, oldest.used, oldest.agreed = None, 0, 0
        oldest.begun.clear()
        return True

    def _holds(self, known: _Known, pair: tuple[int, int], data: bytes) -> bool:
        r, s = pair
        t = (r + s) % ORDER
        if not (0 < r < ORDER and 0 < s < ORDER and t):
            return False
        assert known.table is not None
        points = [
            window[digit - 1]
            for digit, window in zip(
                t.to_bytes(WINDOWS, "little"), known.table.windows, strict=True
            )
            if digit
        ]
        for window in self._base.windows:
            if digit := s & _BASE_MASK:
                points.append(window[digit - 1])
            s >>= BASE_WIDTH
        return self._curve.sum_is(points, (r - _hashed(known, data)) % ORDER)


def _hashed(known: _Known, data: bytes) -> int:
    """SM3 over Z and the message."""
    return int.from_bytes(known.begun.digest(len(data), data, max(len(data) - TAIL, 0)))


def _point(spki: bytes) -> tuple[Affine, bytes]:
    """The public point at the end of a SubjectPublicKeyInfo, uncompressed, and its Z."""
    raw = spki[-64:]
    point = (int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    numbers = b"".join(number.to_bytes(32) for number in (A, B, *BASE))
    return point, sm3((len(ID) * 8).to_bytes(2) + ID + numbers + raw).finalize()
