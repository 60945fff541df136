"""Where a node's trust comes from: a folder alone, or the store, founded on the folder once.

Pinned keys and anchors stand in the folder, put there by hand. A node's lists, CRLs and suspensions
stand in its store, so that every process of every machine has the same; a store that has none yet
takes what the folder holds. `load(state)` reads anew what has changed.
"""

from collections.abc import Sequence
from typing import Any

from hub.errors import HubError, Misconfigured, SealUntrusted
from hub.exchange.routing import Directory
from hub.observer import Fact, Observer
from hub.parties import HUB, NodeId, Party
from hub.trust.keeping import STANDING, Here, Whole
from hub.trust.list_keeping import TrustKeeping, list_of
from hub.trust.listing import open_list
from hub.trust.model import PartyEntry, TrustList
from hub.trust.ports import Kept, KeptState
from hub.trust.revoking import keep_crl
from hub.trust.rules import sound
from hub.trust.view import View
from keys.trust_files import (
    list_numbers,
    read_crls,
    read_trust,
    write_list,
)
from keys.trust_source import TrustSource


class StoredTrust:
    """The trust of a node, as its store has it; for one process, not thread-safe."""

    def __init__(
        self,
        source: TrustSource,
        store: Any,  # noqa: ANN401
        here: Here,
        observe: Observer,
    ) -> None:
        """`store`: SQL and memory stores share no class; `here`: its parties are not used."""
        self.source = source
        self._store = store
        self._here = here
        self._observe = observe
        self._list: tuple[bytes, TrustList] | None = None

    def load(self, state: int) -> View:
        """The trust of this state; what has not changed since the last call is not read again.

        Raises:
            Misconfigured, Malformed, SealUntrusted: the store has no list, and the folder neither.
            Damaged: a list, section or CRL on record is not what it was.
            StoreDown: the store is away.
        """
        if not self._read_list():
            self.found()
            if not self._read_list():
                raise Misconfigured("trust_list_missing")
        assert self._list is not None
        trust = self._list[1]
        with self._store.read() as tx:
            suspensions = tx.suspensions()
            digests = [row.digest for row in tx.crls()]
            crls = tx.messages(digests)
        return View(
            trust,
            state=state,
            at=self.source.now(),
            suites=self.source.suites,
            revocations=[
                self.source.revocations(crls[digest], trust, on_record=True) for digest in digests
            ],
            suspensions=suspensions,
        )

    def found(self) -> None:
        """Take in what the folder holds: at the first start, and what people put there later.

        Raises:
            Misconfigured, Malformed, Rejection: the folder is not whole, or a list does not hold.
        """
        keeping = self.keeping(self._here)
        known = max((row.number for row in keeping.kept()), default=0)
        for number in list_numbers(self.source.folder):
            if number > known:
                files = read_trust(self.source.folder, number)
                ground, now = self.source.ground(), self.source.now()
                open_list(files.message, files.sections, ground, now)  # whole, or not at all
                keeping.take(files.message, list(files.sections.values()))
        keeping.settle()  # what another process has only begun with
        if self._read_list():
            self.take_crls(read_crls(self.source.folder))

    def write_out(self) -> int:
        """Put accepted lists that came by channel into the folder, too; how many.

        What reads a folder alone (proofs, the voucher library) then has them.

        Raises:
            OSError: the folder cannot be written.
        """
        there = set(list_numbers(self.source.folder))
        with self._store.read() as tx:
            rows = [row for row in tx.trust_lists() if row.state in STANDING]
            missing = [row for row in rows if row.number not in there]
            for row in missing:
                found = _whole(tx, row)
                write_list(self.source.folder, row.number, found.message, found.octets)
        return len(missing)

    def keeping(self, here: Here) -> "TrustKeeping[Any]":
        """Takes lists into this store."""
        return TrustKeeping(self._store, here, self.source.ground, self.source.now, self._observe)

    def take_crls(self, crls: Sequence[bytes]) -> None:
        """Put CRLs in force that are new and hold; what does not hold is told as a fact."""
        for octets in crls:
            try:
                self.take_crl(octets)
            except HubError as error:
                if error.code != "crl_number":
                    self._observe(Fact("crl_refused", {"code": error.code}))

    def take_crl(self, octets: bytes) -> bool:
        """Put a CRL in force; False when it is on record already.

        Required: a list is on record.

        Raises:
            SealUntrusted: `crl_form`, `crl_partial`, `crl_issuer_unknown`, `crl_signature`,
                `crl_number`.
            Conflict: `crl_conflict`.
        """
        assert self._list is not None
        said = self.source.revocations(octets, self._list[1])
        return keep_crl(self._store, self._here, octets, said)

    def _read_list(self) -> bool:
        """Read the list in force, if it is another one than before; False: there is none."""
        with self._store.read() as tx:
            rows = [row for row in tx.trust_lists() if row.state is KeptState.IN_FORCE]
            if not rows:
                return False
            row = max(rows, key=lambda one: one.number)
            if self._list is not None and self._list[0] == row.digest:
                return True
            found = _whole(tx, row)
        ground, now = self.source.ground(), self.source.now()
        opened = open_list(found.message, found.octets, ground, now)
        sound(opened.trust, env=self.source.env, sealed_by=opened.sealed_by)
        self._list = row.digest, opened.trust
        return True


def _whole(tx: Any, row: Kept) -> Whole:  # noqa: ANN401 - SQL and memory stores share no class
    """A list that was accepted, with its sections."""
    found = list_of(tx, row)
    if found is None:
        raise SealUntrusted("trust_section_missing")
    return found


def directory(trust: TrustList) -> Directory:
    """Who is served where, as the list registers it.

    Raises:
        SealUntrusted: `no_hub_registered`.
    """
    nodes: dict[NodeId, set[Party]] = {}
    hub: tuple[NodeId, Party] | None = None
    for registered in trust.register.parties:
        entry = registered.record
        assert isinstance(entry, PartyEntry)
        nodes.setdefault(entry.served_by, set()).add(entry.party)
        if entry.party.org_type == HUB:
            hub = (entry.served_by, entry.party)
    if hub is None:
        raise SealUntrusted("no_hub_registered")
    return Directory(*hub, {node: frozenset(parties) for node, parties in nodes.items()})
