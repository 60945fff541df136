"""The trust of a folder: its newest list, judged by its pinned keys, and its CRLs.

Rules of this file: what stands in the folder is believed only as far as two pinned keys sealed it;
a CRL as far as its signature holds under an issuer of the list or an anchor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.clock import Instant
from hub.trust.listing import open_list
from hub.trust.model import CertificateEntry, Revocations, TrustList
from hub.trust.pinned import ListGround
from hub.trust.rules import accept
from hub.trust.view import View
from hub.voucher.ports import Catalogues, Suite
from keys.crl import read_crl
from keys.trust_files import TrustFiles, read_pins, read_trust


@dataclass(frozen=True, slots=True)
class TrustSource:
    """Reads the trust of a folder, without a store. `now` is asked at each reading.

    Source: protocol rule 10.1; protocol rule 10.2; protocol rule 14.5
    """

    folder: Path
    env: str
    suites: Mapping[str, Suite]
    catalogues: Catalogues
    now: Callable[[], Instant]

    def load(self, state: int) -> View:
        """The view of the folder's newest list; `state` is the trust state it is given.

        Raises:
            Misconfigured, Malformed: what `read_trust` raises: the folder is not whole.
            SealUntrusted: what `open_list`, `accept`, `revocations` say: too few pinned keys have
                sealed the list, or a CRL does not hold.
            Held: `catalogue_missing`.
        """
        files = read_trust(self.folder)
        trust = self._accepted(files)
        crls = [self.revocations(crl, trust) for crl in files.crls]
        return View(trust, state=state, at=self.now(), suites=self.suites, revocations=crls)

    def ground(self) -> ListGround:
        """What lists are judged by, as the folder has it now."""
        pins, anchors = read_pins(self.folder)
        return ListGround(self.env, pins, anchors, self.catalogues, self.suites)

    def revocations(self, crl: bytes, trust: TrustList, *, on_record: bool = False) -> Revocations:
        """What a CRL says, verified under the anchors and the certificates of the list.

        `on_record`: it was taken before now (`keys.crl.read_crl`).

        Raises:
            SealUntrusted: `crl_form`, `crl_partial`, `crl_issuer_unknown`, `crl_signature`.
        """
        listed = [r.record for r in trust.register.certificates]
        issuers = [
            *read_pins(self.folder)[1],
            *(record.certificate for record in listed if isinstance(record, CertificateEntry)),
        ]
        return read_crl(crl, issuers, self.suites, on_record=on_record)

    def _accepted(self, files: TrustFiles) -> TrustList:
        ground = ListGround(self.env, files.pins, files.anchors, self.catalogues, self.suites)
        opened = open_list(files.message, files.sections, ground, self.now())
        accept(
            None,
            opened.trust,
            env=self.env,
            at=opened.sealed_at,
            sealed_by=opened.sealed_by,
            suites=self.suites,
        )
        return opened.trust
