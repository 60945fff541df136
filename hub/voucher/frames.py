"""What the signatures of one signer share, so that it is neither sliced nor hashed again.

Every SES_Signature of a signer holds the same seal before and the same certificate behind what
differs from voucher to voucher. A `Frame` keeps both with their digests and compares octets.
Rules:
- A frame reads only octets that `ses.read_signature` reads, and reads the same; whatever it does
  not recognise goes there. It says nothing about trust.
- Only signers that passed every check of trust get a frame; frames are bounded, the oldest goes
  first.
"""

from typing import Final

from hub.voucher import ses
from hub.voucher.ses import SesSignature

FRAMES_MAX: Final = 256
_SEAL_AT: Final = 11  # behind two long SEQUENCE headers and the version
_NAMED: Final = slice(_SEAL_AT, _SEAL_AT + 72)
"""The beginning of a seal: its lengths, maker and id."""


class Frame:
    """One signer under one seal."""

    __slots__ = ("_algorithm", "_behind", "_certificate", "_key", "_seal", "_size")

    def __init__(self, octets: bytes, signature: SesSignature, key: bytes) -> None:
        """Required: `signature` is what `octets` say; `key` as SesSignature tells it."""
        self._seal = signature.seal
        self._certificate = signature.certificate
        self._algorithm = signature.algorithm
        self._key = key
        self._size = len(signature.seal)
        after = octets.index(signature.tbs) + len(signature.tbs)
        self._behind = octets[after : len(octets) - len(signature.signature) - 3]

    def read(self, octets: bytes) -> SesSignature | None:
        """The signature, if seal and certificate are this frame's and all is strict DER."""
        at = _SEAL_AT + self._size
        end = int.from_bytes(octets[6:8]) + 8
        behind = end + len(self._behind)
        size = len(octets) - behind - 3
        if (
            octets[:2] != b"\x30\x82"
            or int.from_bytes(octets[2:4]) != len(octets) - 4
            or octets[4:6] != b"\x30\x82"
            or octets[8:_SEAL_AT] != b"\x02\x01\x04"
            or octets[at : at + 2] != b"\x18\x0f"
            or octets[at + 17 : at + 20] != b"\x03\x21\x00"
            or octets[at + 52 : at + 54] != b"\x16\x81"
            or not 0x80 <= octets[at + 54] == end - at - 55
            or not 0 < size < 0x7F
            or octets[behind : behind + 3] != bytes((3, size + 1, 0))
            or not octets.startswith(self._behind, end)
            or not octets.startswith(self._seal, _SEAL_AT)
        ):
            return None
        info = octets[at + 55 : end]
        if not info.isascii():
            return None
        return SesSignature(
            octets[4:end],
            self._seal,
            ses.time(octets[at + 2 : at + 17]),
            octets[at + 20 : at + 52],
            info.decode("ascii"),
            self._certificate,
            self._algorithm,
            octets[behind + 3 :],
            self._key,
        )


class Frames:
    """The frames of one process, by the beginning of the seal."""

    def __init__(self) -> None:
        self._frames: dict[bytes, Frame] = {}

    def read(self, octets: bytes) -> SesSignature:
        """Slice a SES_Signature.

        Raises:
            Malformed: as `ses.read_signature`.
        """
        frame = self._frames.get(octets[_NAMED])
        found = frame.read(octets) if frame is not None else None
        return ses.read_signature(octets) if found is None else found

    def keep(self, octets: bytes, signature: SesSignature, key: bytes) -> None:
        """Remember the frame of a signature whose seal and signer are trusted."""
        if len(self._frames) >= FRAMES_MAX:
            self._frames.pop(next(iter(self._frames)))
        self._frames[octets[_NAMED]] = Frame(octets, signature, key)
