"""Errors, by what the caller must do.

HubError(code, **context)
├─ Rejection       the other side sent something wrong: answer, record, never retry
│    Malformed · SchemaViolation · SealBroken · SealUntrusted · RuleBroken · Conflict
├─ Held            not decidable yet: keep it, no answer, ask the neighbour for what is missing
├─ Unavailable     somebody is away: back off, bounded
│    ChannelDown · StoreDown · CustodyDown · TargetDown
├─ Unknown         it may or may not have happened: ask before repeating
│    OutcomeUnknown
├─ NotOurs         we may not act: stop this work
│    NotActive · Fenced
├─ Misconfigured   fix the settings; refuse to start
├─ Damaged         stored bytes contradict their digest or chain: quarantine or stop
└─ StoreDamaged    the store cannot read its own files: stop; no voucher is at fault

Codes are stable snake_case words. Each area lists its codes with an `Advice` in its `codes.py`;
a test checks that every raised code has one. Context holds ids, codes, field names, positions and
counts, never names of people, account numbers, amounts or bodies.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What a code means and what to do now, in English and Chinese, one line each."""

    why: str
    do: str
    why_zh: str
    do_zh: str


class HubError(Exception):
    """Parent of all; raise a leaf."""

    def __init__(self, code: str, **context: str | int | None) -> None:
        super().__init__(code)
        self.code = code
        self.context = context

    def __str__(self) -> str:
        """Code and context on one line, in the order given."""
        details = " ".join(f"{k}={v}" for k, v in self.context.items() if v is not None)
        return f"{self.code} {details}".rstrip()


class Rejection(HubError):
    """The other side sent something wrong: answer with the code, record it, never retry."""


class Malformed(Rejection):
    """Not the form at all: envelope, encoding, DER, size."""


class SchemaViolation(Rejection):
    """Well-formed, but not what the catalogue's schema for this kind says."""


class SealBroken(Rejection):
    """A digest, a signature or the chain of seals does not hold."""


class SealUntrusted(Rejection):
    """The signature may hold, but this seal, signer or sender may not do this."""


class RuleBroken(Rejection):
    """A rule of the catalogue or of the business does not hold."""


class Conflict(Rejection):
    """The identity is taken by other content."""


class Held(HubError):
    """Not decidable yet: a catalogue release, trust list or CRL is missing. Keep, do not answer."""


class Unavailable(HubError):
    """Somebody is away: back off, bounded."""


class ChannelDown(Unavailable):
    """A channel cannot take or give packets now."""


class StoreDown(Unavailable):
    """The store cannot be used now, or asks for the transaction to be done again."""


class CustodyDown(Unavailable):
    """The keeper of a private key does not answer."""


class TargetDown(Unavailable):
    """A foreign system does not answer, and nothing was asked of it yet."""


class Unknown(HubError):
    """It may or may not have happened: ask before repeating."""


class OutcomeUnknown(Unknown):
    """A call was made and its outcome is not known."""


class NotOurs(HubError):
    """We may not act: stop this work."""


class NotActive(NotOurs):
    """This node does not hold the lease."""


class Fenced(NotOurs):
    """Another incarnation or token has taken over."""


class Misconfigured(HubError):
    """The settings cannot work: refuse to start."""


class Damaged(HubError):
    """Stored bytes contradict their digest or chain."""


class StoreDamaged(HubError):
    """The store cannot read its own files: stop; an operator restores it.

    No `Damaged`: nothing of it is about the voucher that met it, so that nobody who quarantines or
    parks what is damaged does so for this.
    """
