"""The SM2 curve's points inside libcrypto: adding only, through public functions of EC_POINT.

Rules: for verifying alone, nothing here is secret and nothing is constant-time; points and scratch
belong to one thread. Calls keep the interpreter's lock (they take a microsecond each); a point is
freed with its `Points`. Multiples of a known point are made in Python, affine, by shared inversion.
A sum is compared as X = x·Z², which spares an inversion, where the library still tells X and Z.
"""

import ctypes
from collections.abc import Callable, Sequence
from ctypes import c_char_p, c_int, c_void_p
from typing import Any, Final

from hub.errors import Misconfigured

PRIME: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = PRIME - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
BASE: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_NID: Final = 1172  # NID_sm2
_SIGNATURES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "EC_GROUP_new_by_curve_name": (c_void_p, [c_int]),
    "EC_POINT_new": (c_void_p, [c_void_p]),
    "EC_POINT_free": (None, [c_void_p]),
    "EC_POINT_set_to_infinity": (c_int, [c_void_p, c_void_p]),
    "EC_POINT_add": (c_int, [c_void_p] * 5),
    "EC_POINT_set_affine_coordinates": (c_int, [c_void_p] * 5),
    "EC_POINT_get_affine_coordinates": (c_int, [c_void_p] * 5),
    "BN_new": (c_void_p, []),
    "BN_CTX_new": (c_void_p, []),
    "BN_bin2bn": (c_void_p, [c_char_p, c_int, c_void_p]),
    "BN_bn2binpad": (c_int, [c_void_p, c_char_p, c_int]),
    "ERR_clear_error": (None, []),
}

_PROJECTIVE: Final = "EC_POINT_get_Jprojective_coordinates_GFp"
"""Deprecated since 3.0: a library may lack it."""

Affine = tuple[int, int]


Pointer = Any
"""An address as ctypes passes it, made once: nothing is converted or checked in the calls."""


class Points(list[Pointer]):
    """Points that are freed together."""

    def __init__(self, curve: "Curve", affine: Sequence[Affine]) -> None:
        super().__init__(map(curve.point, affine))
        self._free = curve.free

    def __del__(self) -> None:
        for point in self:
            self._free(point)


class Curve:
    """The group and its scratch; lives as long as the process. One thread, for verifying alone.

    Source: GB/T 32918.5-2017; protocol rule 2.16
    """

    def __init__(self, path: str, *, projective: bool = True) -> None:
        """Bind the functions of the libcrypto at `path`; `projective` where it can.

        Raises:
            Misconfigured: `libcrypto_missing`, `sm2_missing`.
        """
        try:
            lib = ctypes.PyDLL(path)
            for name, (result, arguments) in _SIGNATURES.items():
                function = getattr(lib, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError):
            raise Misconfigured("libcrypto_missing") from None
        group = lib.EC_GROUP_new_by_curve_name(_NID)
        if not group:
            raise Misconfigured("sm2_missing")
        self.free = lib.EC_POINT_free
        self._add = lib["EC_POINT_add"]  # of its own, without argtypes: all it gets are Pointers
        self._add.restype = c_int
        self._lib = lib
        self._group = _pointer(group)
        self._context = _pointer(lib.BN_CTX_new())
        self._x, self._y = c_void_p(lib.BN_new()), c_void_p(lib.BN_new())
        self._projective: Callable[..., int] | None = None
        if projective and (function := getattr(lib, _PROJECTIVE, None)) is not None:
            function.restype, function.argtypes = c_int, [c_void_p] * 6
            self._projective = function
        self._sum = _pointer(lib.EC_POINT_new(self._group))
        self._out = ctypes.create_string_buffer(32)

    def point(self, affine: Affine) -> Pointer:
        """A point from its coordinates; it must be on the curve."""
        lib, (x, y) = self._lib, affine
        lib.BN_bin2bn(x.to_bytes(32), 32, self._x)
        lib.BN_bin2bn(y.to_bytes(32), 32, self._y)
        made = _pointer(lib.EC_POINT_new(self._group))
        done = lib.EC_POINT_set_affine_coordinates(
            self._group, made, self._x, self._y, self._context
        )
        assert done == 1, "multiples of a point on the curve are on it"
        return made

    def sum_is(self, points: Sequence[Pointer], residue: int) -> bool:
        """Whether the sum's x coordinate is `residue` modulo the order; at infinity it is nothing.

        Required: 0 <= residue < the order.
        """
        lib, group, total, context = self._lib, self._group, self._sum, self._context
        add = self._add  # some sixty times
        lib.EC_POINT_set_to_infinity(group, total)
        for point in points:
            add(group, total, total, point, context)
        if self._projective is not None:
            self._projective(group, total, self._x, None, self._y, context)
            x, z = self._number(self._x), self._number(self._y)
        elif lib.EC_POINT_get_affine_coordinates(group, total, self._x, None, context) == 1:
            x, z = self._number(self._x), 1
        else:
            lib.ERR_clear_error()
            z = 0
        if not z:
            return False
        square = z * z % PRIME
        return residue * square % PRIME == x or (  # x itself may lie above the order
            residue + ORDER < PRIME and (residue + ORDER) * square % PRIME == x
        )

    def _number(self, of: c_void_p) -> int:
        self._lib.BN_bn2binpad(of, self._out, 32)
        return int.from_bytes(self._out.raw)


def _pointer(address: int) -> Pointer:
    """An address, never NULL: libcrypto gives that only without memory."""
    assert address, "libcrypto has memory"
    return c_void_p.from_param(address)


def on_curve(point: Affine) -> bool:
    """Whether the coordinates fulfil the curve's equation; both not negative.

    Source: GB/T 32918.5-2017
    """
    x, y = point
    return x < PRIME and y < PRIME and (y * y - (x * x * x + A * x + B)) % PRIME == 0


def multiples(point: Affine, count: int) -> list[Affine]:
    """1·P to count·P, each round adding the highest so far to all below it, one inversion a round.

    Required: `count` far below the order, so that no sum is at infinity.

    Source: GB/T 32918.5-2017; protocol rule 2.16
    """
    found = [point]
    while len(found) < count:
        highest = found[-1]
        found += _sums(highest, found[: count - len(found)])
    return found


def plus(one: Affine, other: Affine) -> Affine:
    """The sum of two points that are not each other's negative; a point added to itself is doubled.

    Source: GB/T 32918.5-2017
    """
    return _sums(one, [other])[0]


def _sums(one: Affine, others: Sequence[Affine]) -> list[Affine]:
    x, y = one
    below = [2 * y if other == one else other[0] - x for other in others]
    inverses = _inverses(below)
    made = []
    for (x2, y2), inverse in zip(others, inverses, strict=True):
        above = 3 * x * x + A if (x2, y2) == one else y2 - y
        slope = above * inverse % PRIME
        x3 = (slope * slope - x - x2) % PRIME
        made.append((x3, (slope * (x - x3) - y) % PRIME))
    return made


def _inverses(values: Sequence[int]) -> list[int]:
    """All inverses modulo the prime at the cost of one."""
    products, product = [], 1
    for value in values:
        products.append(product)
        product = product * value % PRIME
    inverse = pow(product, -1, PRIME)
    found = []
    for value, before in zip(reversed(values), reversed(products), strict=True):
        found.append(inverse * before % PRIME)
        inverse = inverse * value % PRIME
    return found[::-1]
