"""A small environment whose vouchers are put before an evidence judge: seals, lists, proofs."""

import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.exchange import packets
from hub.exchange.model import NoticeBatch, NoticeEntry
from hub.parties import NodeId
from hub.trust.listing import issue
from hub.trust.model import TrustList
from hub.trust.view import View
from hub.voucher import Ground, VerdictCache, seal
from hub.voucher.model import Draft, LayerType, Voucher
from keys.custody import FileNodeSigner
from keys.keyring import open_keyring, open_node_signer
from keys.trust_files import read_trust, write_list
from ops.evidence.contents import Contents, SealedProof
from ops.evidence.gather import catalogue_files, trust_files
from ops.evidence.judging import Judgement, judge
from tests.support import pki
from tests.support.office import Office
from tests.support.sealed import Known, Releases, a_draft, a_draft_above, schemas, suites

SEALED_AT = Instant(pki.AT + HOUR)
PROOF_AT = Instant(SEALED_AT + MINUTE)
ANSWERED_AT = Instant(SEALED_AT + 2 * HOUR)
LATER = Instant(pki.AT + 10 * DAY)


@dataclass(frozen=True)
class Court:
    """Makes vouchers, proofs and lists, and has them judged."""

    office: Office

    @property
    def out(self) -> Path:
        return self.office.made.out

    def seal(self, draft: Draft, at: Instant = SEALED_AT) -> Voucher:
        ring = open_keyring(self.out / "parties" / str(draft.id.party), pki.vault())
        voucher = draft.id.voucher
        kind = schemas().kind(voucher.kind, voucher.division, voucher.year)
        makers = [(p.name, ring.maker(p.name)) for p in kind.positions[draft.id.layer]]
        view = View(self.office.made.trust, state=1, at=at, suites=suites())
        ground = Ground(view, Releases(), pki.ENV, suites(), Known(), VerdictCache())
        return seal(draft, makers, ground, at=at)

    @cached_property
    def order(self) -> Voucher:
        """A payment order of the bureau."""
        return self.seal(a_draft())

    @cached_property
    def receipt(self) -> Voucher:
        """The bank's receipt on it."""
        return self.seal(a_draft_above(self.order, LayerType.RECEIPT), ANSWERED_AT)

    def signer(self, node: str) -> FileNodeSigner:
        return open_node_signer(self.out / "nodes" / node, pki.vault())

    def proof(self, voucher: Voucher, at: Instant = PROOF_AT, node: str = "hub") -> SealedProof:
        line = f"{voucher.top.id}/{pki.BANK}/to {voucher.digest.hex()} {at}"
        octets = f"{pki.ENV} {node} icbc 00aa\n{line}".encode()
        signer = self.signer(node)
        return SealedProof(node, pki.sha(signer.certificate), signer.sign(octets), octets)

    def notice(self, voucher: Voucher, at: Instant = PROOF_AT, node: str = "hub") -> bytes:
        delivery = f"{voucher.top.id}/{pki.BANK}/to"
        digest = voucher.digest
        batch = NoticeBatch(
            pki.ENV, NodeId(node), NodeId("finance"), "00aa",
            (NoticeEntry(delivery, digest, digest, "recorded", at, 1),),
        )  # fmt: skip
        signer = self.signer(node)
        return packets.encode_notices(
            batch, pki.sha(signer.certificate), signer.sign(packets.notices_tbs(batch))
        )

    def contents(self, *vouchers: Voucher, **more: Any) -> Contents:
        messages = tuple(voucher.octets for voucher in vouchers or (self.order,))
        found = Contents(messages, trust_files(self.out / "trust"), catalogue_files())
        return replace(found, **more)

    def with_list(self, trust: TrustList, folder: Path, at: Instant = LATER) -> dict[str, bytes]:
        """The files of a trust folder that holds a second list besides the first."""
        shutil.copytree(self.out / "trust", folder)
        files = read_trust(folder)
        makers = [
            (one, open_keyring(self.out / "parties" / str(one), pki.vault()).maker("trust"))
            for one in (pki.TREASURY, pki.AUDITOR)
        ]
        release = schemas().catalogue.release
        message, parts = issue(trust, makers, pki.list_ground(files), release, at)
        write_list(folder, trust.number, message, parts)
        return trust_files(folder)


def judged(contents: Contents, **more: Any) -> Judgement:
    return judge(contents, suites(), **more)
