"""What ends trust at once at this node: CRLs, and suspensions of its own (PROTOCOL §10).

Rules of this file: a CRL comes here verified; a lower number is refused, the same number with other
octets is a conflict. Every change counts `trust_state` up and is journalled in its transaction.
"""

import hashlib
from collections.abc import Collection, Sequence

from hub.errors import Conflict, RuleBroken, SealUntrusted
from hub.trust.keeping import Here
from hub.trust.model import LocalSuspension, Register, Revocations, subject_of
from hub.trust.ports import KeptCrl, T, TrustStore


def keep_crl(store: TrustStore[T], here: Here, octets: bytes, said: Revocations) -> bool:
    """Put a verified CRL in force; False when it is on record already.

    Raises:
        SealUntrusted: `crl_number`: a newer one of its issuer counts.
        Conflict: `crl_conflict`: another one with this number counts.
        StoreDown: nothing was kept.
    """
    issuer, digest = hashlib.sha256(said.issuer).digest(), hashlib.sha256(octets).digest()
    with store.read() as tx:
        if digest in {row.digest for row in tx.crls()}:
            return False
    with store.begin() as tx:
        tx.fence.require_incarnation(here.incarnation)
        newest = {row.issuer: row for row in tx.crls()}.get(issuer)
        if newest is not None and newest.digest == digest:
            return False
        if newest is not None and said.number < newest.number:
            raise SealUntrusted("crl_number", n=said.number)
        if newest is not None and said.number == newest.number:
            raise Conflict("crl_conflict", n=said.number)
        tx.add_messages({digest: octets})
        row = KeptCrl(issuer, said.number, digest, said.this_update, said.next_update, tx.now)
        tx.put_crls([row])
        tx.raise_trust_state()
        line = f"trust crl {issuer.hex()} {said.number} {digest.hex()}"
        tx.append_journal(here.lane, line.encode())
        tx.commit()
    return True


def suspend(store: TrustStore[T], here: Here, rows: Sequence[LocalSuspension], act: str) -> int:
    """Suspend, effective with the next transaction of every process; the new trust state.

    `act`: the line that the journal keeps, with the digest of the guarded act.
    """
    with store.begin() as tx:
        tx.fence.require_incarnation(here.incarnation)
        tx.put_suspensions(rows)
        state = tx.raise_trust_state()
        tx.append_journal(here.lane, act.encode())
        tx.commit()
    return state


def lift(store: TrustStore[T], here: Here, subjects: Collection[str], act: str) -> int:
    """Take back suspensions of this node's own; the new trust state.

    Raises:
        RuleBroken: `suspension_unknown`.
    """
    with store.begin() as tx:
        tx.fence.require_incarnation(here.incarnation)
        if not set(subjects) <= {row.subject for row in tx.suspensions()}:
            raise RuleBroken("suspension_unknown")
        tx.drop_suspensions(subjects)
        state = tx.raise_trust_state()
        tx.append_journal(here.lane, act.encode())
        tx.commit()
    return state


def require_subject(subject: str, register: Register) -> None:
    """Return when a register holds what a suspension names.

    Raises:
        RuleBroken: `suspension_unknown`.
    """
    if subject not in {subject_of(entry.record) for entry in register}:
        raise RuleBroken("suspension_unknown")
