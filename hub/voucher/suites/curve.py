"""The SM2 curve's points inside libcrypto: adding only, through public functions of EC_POINT.

Rules: for verifying alone, nothing here is secret and nothing is constant-time; points and scratch
belong to one thread. Calls keep the interpreter's lock (they take a microsecond each); a point is
freed with its `Points`, which must be held as long as one of them is used. Two functions are
deprecated since 3.0, and a library may lack them: without the one, multiples stay as they were
added, and adding them costs a third more; without the other, a sum's x costs an inversion.
"""

import ctypes
from collections.abc import Callable, Iterable, Sequence
from ctypes import c_char_p, c_int, c_size_t, c_void_p
from itertools import pairwise
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
    "EC_POINT_copy": (c_int, [c_void_p, c_void_p]),
    "EC_POINT_dup": (c_void_p, [c_void_p, c_void_p]),
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
_AFFINE: Final = "EC_POINTs_make_affine"

Affine = tuple[int, int]


Pointer = Any
"""An address as ctypes passes it, made once: nothing is converted or checked in the calls."""


class Points(list[Pointer]):
    """Points that are freed together."""

    def __init__(self, curve: "Curve", pointers: Iterable[Pointer]) -> None:
        super().__init__(pointers)
        self._free = curve.free

    def __del__(self) -> None:
        for point in self:
            self._free(point)


class Curve:
    """The group and its scratch; lives as long as the process. One thread, for verifying alone.

    Source: GB/T 32918.5-2017; protocol rule 2.16
    """

    def __init__(self, path: str, *, deprecated: bool = True) -> None:
        """Bind the functions of the libcrypto at `path`, the `deprecated` ones where it has them.

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
        several = [c_void_p, c_size_t, c_void_p, c_void_p]
        self._projective = _optional(lib, _PROJECTIVE, [c_void_p] * 6) if deprecated else None
        self._affine = _optional(lib, _AFFINE, several) if deprecated else None
        self._sum = _pointer(lib.EC_POINT_new(self._group))
        self._out = ctypes.create_string_buffer(32)

    def points(self, affine: Iterable[Affine]) -> Points:
        """Points from their coordinates.

        Raises:
            ValueError: one is not on the curve.
        """
        lib, made = self._lib, Points(self, ())
        for x, y in affine:
            made.append(_pointer(lib.EC_POINT_new(self._group)))
            lib.BN_bin2bn(x.to_bytes(32), 32, self._x)
            lib.BN_bin2bn(y.to_bytes(32), 32, self._y)
            done = lib.EC_POINT_set_affine_coordinates(
                self._group, made[-1], self._x, self._y, self._context
            )
            if done != 1:
                lib.ERR_clear_error()
                raise ValueError("not on the curve")
        return made

    def multiples(self, point: Pointer, count: int) -> Points:
        """1·P to count·P. Required: `count` far below the order: no sum is at infinity."""
        addresses = [self._lib.EC_POINT_new(self._group) for _ in range(count)]
        made = Points(self, map(_pointer, addresses))
        done = self._lib.EC_POINT_copy(made[0], point)
        add, group, context = self._add, self._group, self._context
        for before, one in pairwise(made):
            done &= add(group, one, before, point, context)
        if self._affine is not None:
            done &= self._affine(group, count, (c_void_p * count)(*addresses), context)
        if done != 1:
            self._lib.ERR_clear_error()  # what a process does next meets no old error
        assert done == 1, "libcrypto has memory, and the point is of this curve"
        # copied one by one, each lies in one place: a sum of them takes a tenth less
        return Points(self, [_pointer(self._lib.EC_POINT_dup(point, group)) for point in made])

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


def _optional(lib: ctypes.PyDLL, name: str, arguments: list[Any]) -> Callable[..., int] | None:
    """A function that a library may lack."""
    if (function := getattr(lib, name, None)) is not None:
        function.restype, function.argtypes = c_int, arguments
    return function


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
