"""SM2 and SM3 once more, straight from GM/T 0003 and GM/T 0004: slow, and nothing shared with hub.

Textbook formulas on affine points and plain integers, for holding the real suite against.
"""

from typing import Final

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX: Final = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY: Final = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
ID: Final = b"1234567812345678"
MASK: Final = 0xFFFFFFFF

Point = tuple[int, int] | None


def add(one: Point, two: Point) -> Point:
    if one is None or two is None:
        return one or two
    if one[0] == two[0]:
        if (one[1] + two[1]) % P == 0:
            return None
        slope = (3 * one[0] ** 2 + A) * pow(2 * one[1], -1, P)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P)
    x = (slope * slope - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(number: int, point: Point) -> Point:
    total: Point = None
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def rotated(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & MASK


def sm3(data: bytes) -> bytes:
    state = [
        0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D,
        0xB0FB0E4E,
    ]  # fmt: skip
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8)
    for start in range(0, len(padded), 64):
        state = _block(state, padded[start : start + 64])
    return b"".join(word.to_bytes(4) for word in state)


def _block(state: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[i : i + 4]) for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ rotated(w[j - 3], 15)
        w.append(x ^ rotated(x, 15) ^ rotated(x, 23) ^ rotated(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        turned = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = rotated((rotated(a, 12) + e + rotated(turned, j)) & MASK, 7)
        ss2 = ss1 ^ rotated(a, 12)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & MASK & g
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
        tt2 = (gg + h + ss1 + w[j]) & MASK
        a, b, c, d = tt1, a, rotated(b, 9), c
        e, f, g, h = tt2 ^ rotated(tt2, 9) ^ rotated(tt2, 17), e, rotated(f, 19), g
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def digest(public: tuple[int, int], data: bytes) -> int:
    """The number e that is signed: SM3 of Z and the message."""
    numbers = b"".join(n.to_bytes(32) for n in (A, B, GX, GY, *public))
    z = sm3((8 * len(ID)).to_bytes(2) + ID + numbers)
    return int.from_bytes(sm3(z + data))


def public_of(secret: int) -> tuple[int, int]:
    point = times(secret, (GX, GY))
    assert point is not None
    return point


def signed(secret: int, data: bytes, k: int) -> tuple[int, int]:
    """(r, s) with a given k; never used for anything real."""
    point = times(k, (GX, GY))
    assert point is not None
    r = (digest(public_of(secret), data) + point[0]) % N
    return r, pow(1 + secret, -1, N) * (k - r * secret) % N


def verified(public: tuple[int, int], data: bytes, pair: tuple[int, int]) -> bool:
    r, s = pair
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    point = add(times(s, (GX, GY)), times(t, public))
    return point is not None and (digest(public, data) + point[0]) % N == r
