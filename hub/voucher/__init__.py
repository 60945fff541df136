"""The voucher library, usable alone: octets ↔ voucher ↔ seals.

What lives here: the wire form, the body's canonical XML, the catalogue's schema and rules, seals
(GB/T 38540-2020) and their suites, the verification report. What must not: stores, channels,
clocks, private keys. Start reading at `verification.py` (receiving) and `seal.py` (sending);
`foreign.py` reads files of other makers.
"""

from hub.voucher.batch import verify_many, verify_opened
from hub.voucher.codec import open_message, write_message
from hub.voucher.ground import Ground, VerdictCache
from hub.voucher.report import Report, examine
from hub.voucher.seal import attach, begin, complete, prepare, seal, seal_many, undo
from hub.voucher.verification import admit, authenticate, verify

__all__ = [
    "Ground",
    "Report",
    "VerdictCache",
    "admit",
    "attach",
    "authenticate",
    "begin",
    "complete",
    "examine",
    "open_message",
    "prepare",
    "seal",
    "seal_many",
    "undo",
    "verify",
    "verify_many",
    "verify_opened",
    "write_message",
]
