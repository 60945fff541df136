"""Single damaged or missing octets put back: only the very octets whose digest is on record.

The digest proves them, so nobody has to consent; the journal says that it was done.
"""

import hashlib

from sqlalchemy import Executable, delete, select

from adapters.store.outbox_tables import OUTBOX
from adapters.store.session import Forms
from adapters.store.store import SqlStore
from adapters.store.tables import LAYER, MESSAGE
from hub.errors import Misconfigured


def _kept(forms: Forms) -> Executable:
    return select(MESSAGE).where(forms.among(MESSAGE.c.digest, "digests"))


def _of_layers(forms: Forms) -> Executable:
    return select(LAYER.c.message_digest).where(forms.among(LAYER.c.message_digest, "digests"))


def _of_rows(forms: Forms) -> Executable:
    return select(OUTBOX.c.message_digest).where(forms.among(OUTBOX.c.message_digest, "digests"))


def _gone(forms: Forms) -> Executable:
    return delete(MESSAGE).where(forms.among(MESSAGE.c.digest, "digests"))


def mend(store: SqlStore, incarnation: str, lane: str, octets: bytes) -> bool:
    """Put octets in their place; False: they are there and whole, nothing is done.

    Raises:
        Misconfigured: `octets_unknown`: no record of this store is about them.
        Fenced: `other_incarnation`. StoreDown: nothing was done.
    """
    digest = hashlib.sha256(octets).digest()
    with store.read() as tx:  # may look through whole tables: nobody waits for it
        kept = {row[0]: row[1] for row in tx.session.rows_among(_kept, "digests", [digest])}
        if kept.get(digest) == octets:
            return False
        forms = (_of_layers, _of_rows)
        about = (tx.session.rows_among(form, "digests", [digest]) for form in forms)
        if not kept and not any(map(list, about)):
            raise Misconfigured("octets_unknown", digest=digest.hex())
    with store.alone() as tx:
        tx.fence.require_incarnation(incarnation)
        tx.session.run_among(_gone, "digests", [digest])
        tx.add_messages({digest: octets})
        tx.append_journal(lane, f"mended {digest.hex()}".encode())
        tx.commit()
    return True
