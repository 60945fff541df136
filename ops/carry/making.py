"""Making a carried file on a medium: header, frames, tally; message by message."""

import hashlib
from dataclasses import replace
from typing import Final

from hub.exchange.carriage import CarriedKind
from hub.exchange.carried_file import (
    END,
    FILE_BYTES_MAX,
    PLAIN_MAX,
    Header,
    Tally,
    encode_frame,
    encode_header,
    encode_tally,
    tally_tbs,
)
from hub.exchange.model import Mark
from hub.parties import NodeId
from keys.carried_locks import lock
from ops.wiring import Parts
from ops.wiring_carry import MediumFile

ROOM: Final = FILE_BYTES_MAX - 2 * PLAIN_MAX
"""For frames; the tally comes after them."""
FRAME_EXTRA: Final = 64
"""At most so many octets a frame is longer than its message."""


class Making:
    """One file that is being written."""

    def __init__(
        self, parts: Parts, medium: MediumFile, kind: CarriedKind, number: str, peer: NodeId
    ) -> None:
        """Write the header.

        Raises:
            SealUntrusted: `carried_no_receiver_key`. TargetDown: `carried_unwritable`.
        """
        place = parts.place
        self._signer, self._medium = parts.signer, medium
        self.header = Header(
            place.env, kind, number, place.node, peer, place.incarnation, parts.clock.now()
        )
        view = parts.view(parts.verification.trust_state)
        locks, self._cipher = lock(view.node_certificates(peer), self.header.context)
        self.header = replace(self.header, locks=locks)
        medium.write(encode_header(self.header))
        self.frames = self.count = 0

    def add(self, message: bytes, count: int) -> bool:
        """Append a channel message with so many items; False: the file has no room for it.

        Raises:
            TargetDown: `carried_unwritable`.
        """
        if self._medium.octets + len(message) + FRAME_EXTRA > ROOM:
            return False
        self.frames += 1
        self.count += count
        self._medium.write(encode_frame(self._cipher.encipher(self.frames, message)))
        return True

    def end(self, marks: tuple[Mark, ...] = ()) -> None:
        """Write the tally, signed.

        Raises:
            TargetDown: `carried_unwritable`. CustodyDown: the node key cannot be used.
        """
        self._medium.write(END)
        signer = hashlib.sha256(self._signer.certificate).digest()
        tally = Tally(self.frames, self.count, marks, self._medium.digest, signer)
        signature = self._signer.sign(tally_tbs(self.header, tally))
        self._medium.write(encode_tally(replace(tally, signature=signature)))
