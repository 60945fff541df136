"""A node's trust: the folder's newest list, judged by its pinned keys, as the view in force.

`load(state)` reads everything anew: the store's trust_state counts up when the folder has changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.clock import Clock
from hub.errors import SealUntrusted
from hub.exchange.routing import Directory
from hub.parties import HUB, NodeId, Party
from hub.trust.listing import ListGround, open_list
from hub.trust.model import CertificateEntry, PartyEntry, TrustList
from hub.trust.rules import accept
from hub.trust.view import View
from hub.voucher.ports import Catalogues, Suite
from keys.crl import read_crl
from keys.trust_files import TrustFiles, read_trust


@dataclass(frozen=True, slots=True)
class TrustSource:
    """Reads trust for one node."""

    folder: Path
    env: str
    suites: Mapping[str, Suite]
    catalogues: Catalogues
    clock: Clock

    def load(self, state: int) -> View:
        """The view of this state.

        Raises:
            Misconfigured, Malformed: the folder is not whole.
            SealUntrusted: the list is not sealed by two of the pinned keys.
        """
        files = read_trust(self.folder)
        trust = self._accepted(files)
        listed = [r.record for r in trust.register.certificates]
        issuers = [
            *files.anchors,
            *(record.certificate for record in listed if isinstance(record, CertificateEntry)),
        ]
        return View(
            trust,
            state=state,
            at=self.clock.now(),
            suites=self.suites,
            revocations=[read_crl(crl, issuers, self.suites) for crl in files.crls],
        )

    def _accepted(self, files: TrustFiles) -> TrustList:
        ground = ListGround(self.env, files.pins, files.anchors, self.catalogues, self.suites)
        opened = open_list(files.message, files.sections, ground, self.clock.now())
        accept(
            None,
            opened.trust,
            env=self.env,
            at=opened.sealed_at,
            sealed_by=opened.sealed_by,
            suites=self.suites,
        )
        return opened.trust


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
