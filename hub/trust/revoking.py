"""What ends trust at once at this node: CRLs, own suspensions (protocol rules 10.6, 10.13).

Rules of this file: a CRL comes here verified; within its issuer and scope a lower number is
refused, the same number with other octets is a conflict. Every change counts `trust_state` up and
is journalled in its transaction.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from hub.errors import Conflict, RuleBroken, SealUntrusted
from hub.trust.keeping import Here
from hub.trust.model import LocalSuspension, Register, Revocations, subject_of
from hub.trust.ports import KeptCrl, T, TrustStore


def keep_crl(store: TrustStore[T], here: Here, octets: bytes, said: Revocations) -> bool:
    """Put a verified CRL in force; False when it is on record already.

    Required: `said` is what `keys.crl.read_crl` found in `octets`.

    Raises:
        SealUntrusted: `crl_number`: a newer one of its issuer counts.
        Conflict: `crl_conflict`: another one with this number counts.
        Fenced: `other_incarnation`: the store has another life now.
        StoreDown: nothing was kept.

    Source: protocol rule 10.13; protocol rule 10.6; RFC 5280, 5.2.3
    """
    issuer = hashlib.sha256(said.issuer + said.scope).digest()
    digest = hashlib.sha256(octets).digest()
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

    Raises:
        Fenced: `other_incarnation`: the store has another life now.
        StoreDown: nothing is suspended.

    Source: protocol rule 10.6; protocol rule 10.9; protocol rule 8.4
    """
    with store.begin() as tx:
        tx.fence.require_incarnation(here.incarnation)
        tx.put_suspensions(rows)
        state = tx.raise_trust_state()
        tx.append_journal(here.lane, act.encode())
        tx.commit()
    return state


def lift(store: TrustStore[T], here: Here, subjects: Collection[str], act: str) -> int:
    """Take back suspensions of this node's own; the new trust state. All of them, or none.

    Raises:
        RuleBroken: `suspension_unknown`.
        Fenced: `other_incarnation`: the store has another life now.
        StoreDown: nothing is lifted.

    Source: protocol rule 10.6; protocol rule 10.9
    """
    with store.begin() as tx:
        tx.fence.require_incarnation(here.incarnation)
        require_suspended(subjects, tx.suspensions())
        tx.drop_suspensions(subjects)
        state = tx.raise_trust_state()
        tx.append_journal(here.lane, act.encode())
        tx.commit()
    return state


def require_suspended(subjects: Collection[str], rows: Iterable[LocalSuspension]) -> None:
    """Return when all of these are suspended here.

    Raises:
        RuleBroken: `suspension_unknown`.

    Source: protocol rule 10.6
    """
    if not set(subjects) <= {row.subject for row in rows}:
        raise RuleBroken("suspension_unknown")


def require_subject(subject: str, register: Register) -> None:
    """Return when a register holds what a suspension names.

    Raises:
        RuleBroken: `suspension_unknown`.

    Source: protocol rule 10.6
    """
    if subject not in {subject_of(entry.record) for entry in register}:
        raise RuleBroken("suspension_unknown")
