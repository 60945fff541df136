"""Tables of known signers' keys against libcrypto's EVP, which stays the judge."""

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import pytest

from hub.voucher import der
from hub.voucher.suites.curve import BASE, ORDER, PRIME, A, Affine, Curve, Points, on_curve
from hub.voucher.suites.libcrypto import Key
from hub.voucher.suites.sm2_sm3 import open_suite
from hub.voucher.suites.sm2_tables import (
    BASE_WINDOWS,
    BEGINNINGS_MAX,
    EARNED,
    IDLE,
    TAIL,
    TRIAL,
    WINDOWS,
    Tables,
)

LIBRARY = open_suite().library
MOST = 2
P256 = 415  # another curve, as libcrypto numbers them
GROWING = BASE_WINDOWS + WINDOWS
WARM = EARNED + GROWING + TRIAL
"""Verifies after which a signer has a table in use, with a moment for growing after each."""


class Signer:
    """A key, and what it signed."""

    def __init__(self, seed: int = 0) -> None:
        self.key = LIBRARY.generate()
        self.spki = LIBRARY.spki(self.key)
        found = LIBRARY.public_key(self.spki)
        assert found is not None
        self.public: Key = found
        self.random = Random(seed)
        self.message = self.random.randbytes(200)
        self.pair = self.signed(self.message)

    def signed(self, data: bytes) -> tuple[int, int]:
        pair = der.pair(LIBRARY.sign(self.key, data))
        assert pair is not None
        return pair

    def evp(self, pair: tuple[int, int], data: bytes) -> bool:
        signature = der.build(der.SEQUENCE, *map(der.integer, pair))
        return LIBRARY.verify(self.public, signature, data)


def verified(tables: Tables, signer: Signer, pair: tuple[int, int], data: bytes) -> bool:
    return tables.verify(signer.spki, pair, data, partial(signer.evp, pair, data))


def never() -> bool:
    raise AssertionError("EVP was asked")


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture(scope="module")
def warm(signer: Signer) -> Iterator[Tables]:
    tables = fresh()
    warmed(tables, signer)
    yield tables
    assert tables.trusted, "tables and EVP disagreed somewhere"


def warmed(tables: Tables, signer: Signer) -> None:
    """Verify a good signature so often that its signer has a table; EVP's word is known."""
    assert signer.evp(signer.pair, signer.message)
    for _ in range(WARM):
        assert tables.verify(signer.spki, signer.pair, signer.message, lambda: True)
        tables.grow()


def fresh(idle: int = IDLE) -> Tables:
    return Tables(Curve("libcrypto.so.3"), MOST, idle)


def test_a_warm_signer_is_verified_without_evp(signer: Signer, warm: Tables) -> None:
    assert warm.verify(signer.spki, signer.pair, signer.message, never)


def test_tables_and_evp_agree_on_good_and_changed_signatures(signer: Signer, warm: Tables) -> None:
    for n in range(300):
        data = signer.random.randbytes(signer.random.randrange(80))
        pair = signer.signed(data)
        if n % 3:
            data, pair = _changed(signer.random, data, pair)
        assert verified(warm, signer, pair, data) is signer.evp(pair, data)
    assert warm.trusted


def _changed(random: Random, data: bytes, pair: tuple[int, int]) -> tuple[bytes, tuple[int, int]]:
    r, s = pair
    bit = 1 << random.randrange(256)
    changes: list[Callable[[], tuple[bytes, tuple[int, int]]]] = [
        lambda: (data + b"x", pair),
        lambda: (data, (r ^ bit, s)),
        lambda: (data, (r, s ^ bit)),
        lambda: (data, (s, r)),
        lambda: (data, (r, ORDER - s)),
        lambda: (data, (random.randrange(1, ORDER), random.randrange(1, ORDER))),
    ]
    return random.choice(changes)()


def test_messages_that_begin_alike_are_told_apart_wherever_they_differ(
    signer: Signer, warm: Tables
) -> None:
    beginning = signer.random.randbytes(TAIL)
    for size in range(0, TAIL, TAIL // (4 * BEGINNINGS_MAX)):
        data = beginning + beginning[:size]
        at = signer.random.randrange(len(data))
        other = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        pair = signer.signed(data)
        assert warm.verify(signer.spki, pair, data, never)
        assert not verified(warm, signer, pair, other)
        assert warm.verify(signer.spki, pair, data, never)


@pytest.mark.parametrize(
    "change",
    [
        lambda _r, s: (0, s),
        lambda r, _s: (r, 0),
        lambda _r, _s: (0, 0),
        lambda r, s: (r + ORDER, s),
        lambda r, s: (r, s + ORDER),
        lambda _r, s: (ORDER, s),
        lambda r, _s: (r, ORDER),
        lambda r, _s: (r, ORDER - r),
        lambda _r, _s: (ORDER - 1, ORDER - 1),
        lambda _r, _s: (1, 1),
        lambda r, _s: (r, 1),
        lambda _r, s: (PRIME, s),
        lambda r, s: (r, s + (1 << 256)),
        lambda r, s: (r + (1 << 264), s),
    ],
)
def test_values_at_the_edges_are_refused_as_evp_refuses_them(
    signer: Signer, warm: Tables, change: Callable[[int, int], tuple[int, int]]
) -> None:
    pair = change(*signer.pair)
    assert not signer.evp(pair, signer.message)
    assert not verified(warm, signer, pair, signer.message)
    assert warm.trusted


def test_a_signature_of_another_key_is_refused(signer: Signer, warm: Tables) -> None:
    other = Signer(1)
    assert not verified(warm, signer, other.pair, other.message)


def test_a_disagreement_ends_the_use_of_tables(signer: Signer) -> None:
    tables = fresh()
    for _ in range(WARM - TRIAL):
        tables.verify(signer.spki, signer.pair, signer.message, lambda: True)
        tables.grow()
    assert not tables.verify(signer.spki, signer.pair, signer.message, lambda: False)
    assert not tables.trusted
    assert tables.verify(signer.spki, signer.pair, signer.message, lambda: True)


def test_no_verify_grows_a_table_and_each_moment_gives_it_one_window(signer: Signer) -> None:
    tables = fresh()
    assert not tables.grow(), "nobody has earned a table yet"
    for _ in range(5 * WARM):
        assert tables.verify(signer.spki, signer.pair, signer.message, lambda: True)
    with pytest.raises(AssertionError, match="EVP was asked"):
        tables.verify(signer.spki, signer.pair, signer.message, never)
    assert [True] * GROWING == [tables.grow() for _ in range(GROWING)]
    while tables.grow():
        continue
    assert not tables.grow()
    for _ in range(TRIAL):
        assert tables.verify(signer.spki, signer.pair, signer.message, lambda: True)
    assert tables.verify(signer.spki, signer.pair, signer.message, never)


def test_a_disagreement_ends_the_growing_too(signer: Signer) -> None:
    tables, other = fresh(), Signer(3)
    warmed(tables, signer)
    for _ in range(EARNED + 1):
        assert tables.verify(other.spki, other.pair, other.message, lambda: True)
    x, y = other.pair
    assert tables.verify(signer.spki, (x, y), signer.message, lambda: True)
    assert not tables.trusted
    assert 2 > sum(1 for _ in range(9) if tables.grow())


def test_a_signer_met_seldom_is_always_judged_by_evp(signer: Signer) -> None:
    tables, asked = fresh(), []

    def judge() -> bool:
        asked.append(1)
        return True

    for _ in range(EARNED):
        tables.verify(signer.spki, signer.pair, signer.message, judge)
    assert len(asked) == EARNED


def test_a_table_in_use_does_not_make_room_and_an_idle_one_does() -> None:
    tables, signers = fresh(3 * WARM), [Signer(n) for n in range(MOST + 1)]
    for signer in signers:
        warmed(tables, signer)
    *first, last = signers
    for signer in first:
        assert tables.verify(signer.spki, signer.pair, signer.message, never)
    with pytest.raises(AssertionError, match="EVP was asked"):
        tables.verify(last.spki, last.pair, last.message, never)
    for _ in range(5):
        warmed(tables, last)
    assert tables.verify(last.spki, last.pair, last.message, never)


def plus(one: Affine, other: Affine) -> Affine:
    """The sum of two points as the standard writes it (GB/T 32918.1-2016, 3.2.3.1)."""
    (x, y), (x2, y2) = one, other
    above, below = (3 * x * x + A, 2 * y) if one == other else (y2 - y, x2 - x)
    slope = above * pow(below, -1, PRIME) % PRIME
    x3 = (slope * slope - x - x2) % PRIME
    return x3, (slope * (x - x3) - y) % PRIME


def multiples_of_base(count: int) -> list[Affine]:
    found = [BASE]
    while len(found) < count:
        found.append(plus(found[-1], BASE))
    return found


WITH_AND_WITHOUT = pytest.mark.parametrize("deprecated", [True, False])


@WITH_AND_WITHOUT
def test_multiples_are_what_adding_one_by_one_gives(
    deprecated: bool,  # noqa: FBT001 - which of the two
) -> None:
    curve, expected = Curve("libcrypto.so.3", deprecated=deprecated), multiples_of_base(301)
    first = curve.points([BASE])
    made = curve.multiples(first[0], 300)
    assert len(made) == 300
    for n, point in enumerate(made):
        assert on_curve(expected[n])
        assert curve.sum_is([point], expected[n][0] % ORDER)
        assert curve.sum_is([point, first[0]], expected[n + 1][0] % ORDER), "of two with this x"


@pytest.mark.parametrize("count", [1, 3])
@WITH_AND_WITHOUT
def test_multiples_that_libcrypto_refuses_are_none_and_leave_no_error_behind(
    deprecated: bool,  # noqa: FBT001 - which of the two
    count: int,
) -> None:
    curve, lib = Curve("libcrypto.so.3", deprecated=deprecated), ctypes.PyDLL("libcrypto.so.3")
    group_of, point_of = lib["EC_GROUP_new_by_curve_name"], lib["EC_POINT_new"]
    group_of.restype = point_of.restype = ctypes.c_void_p
    group = ctypes.c_void_p(group_of(P256))
    foreign = Points(curve, [ctypes.c_void_p(point_of(group))])
    with pytest.raises(AssertionError, match="libcrypto"):
        curve.multiples(foreign[0], count)
    del foreign
    lib.EC_GROUP_free(group)
    assert lib["ERR_peek_error"]() == 0
    assert 3 == len(curve.multiples(curve.points([BASE])[0], 3))


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    x, y = BASE
    with pytest.raises(ValueError, match="curve"):
        Curve("libcrypto.so.3").points([(x, y + 1)])


@WITH_AND_WITHOUT
def test_a_sum_is_told_by_its_x_alone_with_and_without_deprecated_functions(
    deprecated: bool,  # noqa: FBT001 - which of the two
) -> None:
    curve, random = Curve("libcrypto.so.3", deprecated=deprecated), Random(7)
    sums = multiples_of_base(200)
    known = sums[:40]
    for _ in range(60):
        factors = random.sample(range(40), random.randrange(1, 6))
        points = curve.points([known[factor] for factor in factors])
        residue = sums[sum(factors) + len(factors) - 1][0] % ORDER
        assert curve.sum_is(points, residue)
        assert not curve.sum_is(points, residue ^ 1)
    x, y = BASE
    assert not curve.sum_is(curve.points([(x, y), (x, PRIME - y)]), x % ORDER), "at infinity"
    assert not curve.sum_is([], 0)
