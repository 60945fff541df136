"""What the signatures of one signer share, so that it is neither sliced nor hashed again.

Every SES_Signature of a signer holds the same seal before and the same certificate behind what
differs from voucher to voucher. A `Frame` keeps both with their digests and compares octets.
Rules:
- A frame reads only octets that `ses.read_signature` reads, and reads the same; whatever it does
  not recognise goes there. It says nothing about trust.
- Only signers that passed every check of trust, now or when a lower layer was verified here, get a
  frame; frames are bounded, the oldest goes first.
"""

import struct
from typing import Final

from hub.voucher import ses
from hub.voucher.ses import SesSignature

FRAMES_MAX: Final = 256
_HEADERS: Final = struct.Struct(">HHHH")
_LONG: Final = 0x3082
"""A SEQUENCE whose length takes two octets: the outer one, and toSign inside."""
_VERSION: Final = b"\x02\x01\x04"
_TIME: Final = b"\x18\x0f"
_DIGEST: Final = b"\x03\x21\x00"
_SEAL_AT: Final = _HEADERS.size + len(_VERSION)
_NAMED: Final = slice(_SEAL_AT, _SEAL_AT + 72)
"""The beginning of a seal: its lengths, maker and id."""


class Frame:
    """One signer under one seal: reads that signer's further signatures by comparing octets.

    Source: GB/T 38540-2020, 7.1; protocol rule 2.15
    """

    __slots__ = ("_algorithm", "_behind", "_certificate", "_key", "_seal", "_start", "_time_at")

    def __init__(self, octets: bytes, signature: SesSignature, key: bytes) -> None:
        """Required: `signature` is what `octets` say; `key` as SesSignature tells it."""
        self._seal = signature.seal
        self._certificate = signature.certificate
        self._algorithm = signature.algorithm
        self._key = key
        self._start = _VERSION + signature.seal + _TIME
        self._time_at = _HEADERS.size + len(self._start)
        after = octets.index(signature.tbs) + len(signature.tbs)
        self._behind = octets[after : len(octets) - len(signature.signature) - 3]

    def read(self, octets: bytes) -> SesSignature | None:
        """The signature, if seal and certificate are this frame's and all is strict DER."""
        size, at = len(octets), self._time_at
        if size < at:
            return None
        outer, whole, inner, signed = _HEADERS.unpack_from(octets)
        end = signed + 8
        behind = end + len(self._behind)
        left = size - behind - 3
        if (
            outer != _LONG
            or inner != _LONG
            or whole != size - 4
            or not 0 < left < 0x7F
            or not 0x80 <= end - at - 53 <= 0xFF
            or not octets.startswith(self._start, 8)
            or octets[at + 15 : at + 18] != _DIGEST
            or octets[at + 50 : at + 53] != bytes((0x16, 0x81, end - at - 53))
            or not octets.startswith(self._behind, end)
            or octets[behind : behind + 3] != bytes((3, left + 1, 0))
        ):
            return None
        info = octets[at + 53 : end]
        if not info.isascii():
            return None
        return SesSignature(
            octets[4:end],
            self._seal,
            ses.time(octets[at : at + 15]),
            octets[at + 18 : at + 50],
            info.decode("ascii"),
            self._certificate,
            self._algorithm,
            octets[behind + 3 :],
            self._key,
        )


class Frames:
    """The frames of one process, by the beginning of the seal; bounded, not shared by threads.

    Source: GB/T 38540-2020, 7.1; protocol rule 2.15
    """

    def __init__(self) -> None:
        self._frames: dict[bytes, Frame] = {}

    def read(self, octets: bytes) -> SesSignature:
        """Slice a SES_Signature: what `ses.read_signature` gives, sooner where the signer is known.

        Raises:
            Malformed: as `ses.read_signature`: `ses_der`, `seal_format_v1`.
        """
        frame = self._frames.get(octets[_NAMED])
        found = frame.read(octets) if frame is not None else None
        return ses.read_signature(octets) if found is None else found

    def keep(self, octets: bytes, signature: SesSignature, key: bytes) -> None:
        """Remember the frame of a signature whose seal and signer are trusted."""
        if len(self._frames) >= FRAMES_MAX:
            self._frames.pop(next(iter(self._frames)))
        self._frames[octets[_NAMED]] = Frame(octets, signature, key)
