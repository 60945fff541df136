"""The checks of one seal, each a function that raises or returns: one table, two readers.

`verification` walks the table and stops at the first refusal; `report` walks it to the end.
Rules: cheap refusals first (wire form 4), public-key operations last, the binding once the
signature holds. Every check says in its code what is wrong, never what the content is.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from hub.clock import DAY, MINUTE
from hub.errors import SealBroken, SealUntrusted
from hub.parties import Party
from hub.voucher.binding import START
from hub.voucher.case import Case
from hub.voucher.ground import Standing
from hub.voucher.model import Binding, LayerType
from hub.voucher.ses import DIGESTS

SEALING_AGE_MAX: Final = DAY
SEALING_AHEAD_MAX: Final = 5 * MINUTE


def suite(case: Case) -> None:
    """The seal is registered; certificate, seal and message agree with the list's suite.

    Raises:
        SealUntrusted: `seal_unknown`, `suite_unknown`, `suite_mismatch`.
        Malformed: `ses_der`, `seal_format_v1`: the octets are no seal.

    Source: protocol rule 10.4; GB/T 38540-2020, 7.3
    """
    name = case.registered.suite
    oid = case.suite.signature_oid
    if case.binding.suite != name or case.ses.algorithm != oid or case.seal.algorithm != oid:
        raise SealUntrusted("suite_mismatch", position=case.block.position)


def seal_maker_signature(case: Case) -> None:
    """The seal maker's signature over eSealInfo holds.

    Raises:
        SealBroken: `seal_maker_signature`.

    Source: GB/T 38540-2020, 6.3
    """
    if not case.verdict.signed:
        raise SealBroken("seal_maker_signature", position=case.block.position)


def seal_maker_chain(case: Case) -> None:
    """The maker's certificate leads to an anchor, valid and not revoked at proof time.

    Raises:
        SealUntrusted: `suite_unknown`, `certificate_malformed`, `certificate_usage`,
            `chain_unknown`, `chain_broken`, `seal_maker_revoked`, `seal_maker_not_yet_valid`,
            `seal_maker_validity`.

    Source: GB/T 38540-2020, 6.3; RFC 5280, 6.1; protocol rule 8.2
    """
    maker = case.verdict.maker
    if maker is None:
        raise SealUntrusted("suite_unknown", position=case.block.position)
    if maker.code:
        raise SealUntrusted(maker.code, position=case.block.position)
    if maker.revoked_at is not None and maker.revoked_at <= case.at:
        raise SealUntrusted("seal_maker_revoked", position=case.block.position)
    if case.at < maker.not_before:
        raise SealUntrusted("seal_maker_not_yet_valid", position=case.block.position)
    if case.at > maker.not_after:
        raise SealUntrusted("seal_maker_validity", position=case.block.position)


def seal_validity(case: Case) -> None:
    """Proof and sealing time lie inside the seal's own and its registered validity.

    Raises:
        SealUntrusted: `seal_not_yet_valid`, `seal_expired`, `seal_unknown`.
        Malformed: `ses_der`, `seal_format_v1`.

    Source: GB/T 38540-2020, 6.3; protocol rule 8.2
    """
    registered, content = case.registered, case.seal.content
    start = max(registered.not_before, content.valid_from)
    end = min(registered.not_after, content.valid_until)
    _window(case, start, end, "seal_not_yet_valid", "seal_expired")


def seal_status(case: Case) -> None:
    """The seal is neither suspended nor revoked at proof time.

    Raises:
        SealUntrusted: `seal_suspended`, `seal_revoked`; `seal_ended_before_proof` where it was
            sealed before the ending and proven after it; `seal_unknown`.

    Source: protocol rule 8.4; protocol rule 10.3
    """
    registered = case.registered
    if registered.ended_at is not None and registered.ended_at <= case.at:
        before = case.ses.sealed_at < registered.ended_at
        code = "seal_ended_before_proof" if before else f"seal_{registered.ended_as or 'revoked'}"
        raise SealUntrusted(code, position=case.block.position)


def signer_in_seal_list(case: Case) -> None:
    """The signer's certificate stands in the seal's own list and in the trust list.

    Raises:
        SealUntrusted: `signer_not_in_seal`, `signer_not_registered`, `suite_unknown`,
            `seal_unknown`.
        Malformed: `ses_der`, `seal_format_v1`.

    Source: GB/T 38540-2020, 7.3; protocol rule 10.8
    """
    certificate = case.ses.certificate
    by_digest = case.seal.content.list_type == DIGESTS
    wanted = case.suite.digest(certificate) if by_digest else certificate
    if wanted not in case.verdict.listed:
        raise SealUntrusted("signer_not_in_seal", position=case.block.position)
    if sha256(certificate).digest() not in case.registered.signers:
        raise SealUntrusted("signer_not_registered", position=case.block.position)


def signer_chain(case: Case) -> None:
    """The signer's certificate leads to an anchor and was valid at proof and sealing time.

    Raises:
        SealUntrusted: `certificate_malformed`, `certificate_usage`, `chain_unknown`,
            `chain_broken`, `certificate_not_yet_valid`, `certificate_expired`, `suite_unknown`.

    Source: GB/T 38540-2020, 7.3; RFC 5280, 6.1; protocol rule 8.2
    """
    signer = case.signer
    if signer.code:
        raise SealUntrusted(signer.code, position=case.block.position)
    start, end = signer.not_before, signer.not_after
    _window(case, start, end, "certificate_not_yet_valid", "certificate_expired")


def signer_revocation(case: Case) -> None:
    """No certificate of the signer's chain is revoked at proof time.

    Raises:
        SealUntrusted: `certificate_revoked`; `certificate_revoked_before_proof` where it was sealed
            before the revocation and proven after it; the codes of a chain that is none.

    Source: GB/T 38540-2020, 7.3; RFC 5280, 5.3.2; protocol rule 8.4
    """
    if case.signer.code:
        raise SealUntrusted(case.signer.code, position=case.block.position)
    revoked_at = case.signer.revoked_at
    if revoked_at is not None and revoked_at <= case.at:
        before = case.ses.sealed_at < revoked_at
        code = "certificate_revoked_before_proof" if before else "certificate_revoked"
        raise SealUntrusted(code, position=case.block.position)


def sealing_time(case: Case) -> None:
    """Sealed at most 24 h before (top layer only) and 300 s after proof time.

    Raises:
        SealUntrusted: `sealed_in_future`, `sealed_too_early`.

    Source: protocol rule 8.3; GB/T 38540-2020, 7.3
    """
    if case.ses.sealed_at > case.at + SEALING_AHEAD_MAX:
        raise SealUntrusted("sealed_in_future", position=case.block.position)
    if case.fresh and case.ses.sealed_at < case.at - SEALING_AGE_MAX:
        raise SealUntrusted("sealed_too_early", position=case.block.position)


def data_hash(case: Case) -> None:
    """DataHash is the suite's digest of this layer's body octets.

    Raises:
        SealBroken: `digest_mismatch`.
        SealUntrusted: `suite_unknown`.

    Source: GB/T 38540-2020, 7.3; protocol rule 2.3
    """
    if case.suite.digest(case.layer.body) != case.ses.data_hash:
        raise SealBroken("digest_mismatch", position=case.block.position)


def signer_signature(case: Case) -> None:
    """The signature over toSign holds under the signer's certificate.

    Raises:
        SealBroken: `signature_invalid`.
        SealUntrusted: `suite_unknown`.

    Source: GB/T 38540-2020, 7.3
    """
    ses = case.ses
    if not case.suite.verify(ses.certificate, ses.signature, ses.tbs):
        raise SealBroken("signature_invalid", position=case.block.position)


def binding(case: Case) -> None:
    """PropertyInfo fits envelope, layer, the seals before it, and what the party may seal.

    Required: the signature holds, so that what is compared was sealed.

    Raises:
        SealBroken: `binding_envelope`, `binding_stack`, `seal_chain_broken`.
        SealUntrusted: `issuer_not_first`, `not_entitled`, `answer_not_entitled`, `seal_unknown`,
            `suite_unknown`.

    Source: protocol rule 2.4; protocol rule 1.2; protocol rule 10.8
    """
    _placed(case)
    _chained(case)
    _entitled(case)


def _placed(case: Case) -> None:
    b, head, first, opening = case.binding, case.head, case.first, case.opening
    position = case.block.position
    if (b.div, b.year, b.type, b.no, b.layer, b.pos) != (
        head.division, head.year, head.kind, head.number, case.layer.type, position,
    ):  # fmt: skip
        raise SealBroken("binding_envelope", position=position)
    if (b.env, b.issuer) != (first.env, first.issuer) or (b.cat, b.to) != (opening.cat, opening.to):
        raise SealBroken("binding_stack", position=position)


def _chained(case: Case) -> None:
    previous = case.previous
    expected = case.suite.digest(previous, case.previous_seal).hex() if previous else START
    if case.binding.prev != expected:
        raise SealBroken("seal_chain_broken", position=case.block.position)


def _entitled(case: Case) -> None:
    b, first, opening = case.binding, case.first, case.opening
    party, position = case.registered.party, case.block.position
    if b is first and str(party) != b.issuer:
        raise SealUntrusted("issuer_not_first", position=position)
    if not _may_stand(case, party) or not case.ground.trust.entitled(
        party, b.type, b.layer, position, b.div
    ):
        raise SealUntrusted("not_entitled", position=position)
    if b is opening and b is not first and not _may_answer(b, first, party):
        raise SealUntrusted("answer_not_entitled", position=position)


SEAL_CHECKS: Final[tuple[tuple[str, Callable[[Case], None]], ...]] = (
    ("suite", suite),
    ("seal_maker_signature", seal_maker_signature),
    ("seal_maker_chain", seal_maker_chain),
    ("seal_validity", seal_validity),
    ("seal_status", seal_status),
    ("signer_in_seal_list", signer_in_seal_list),
    ("signer_chain", signer_chain),
    ("signer_revocation", signer_revocation),
    ("sealing_time", sealing_time),
    ("data_hash", data_hash),
    ("signer_signature", signer_signature),
    ("binding", binding),
)
"""In the order of the hot path; the names are the report's."""

_TRUST: Final = SEAL_CHECKS[:8]
_OWN: Final = SEAL_CHECKS[8:]


def check_seal(case: Case) -> None:
    """Walk the table to the first refusal; checks of trust that cannot differ are not repeated.

    Raises:
        Rejection: of the first check that fails: Malformed, SealBroken or SealUntrusted.

    Source: GB/T 38540-2020, 7.3; protocol rule 2.8; protocol rule 2.15
    """
    ses, kept, state = case.ses, case.ground.verdicts.standings, case.ground.trust.state
    key = case.key
    found = kept.find(key, state)
    if (
        found is not None
        and found.start <= case.at <= found.end
        and found.start <= ses.sealed_at <= found.end
        and found.suite == case.binding.suite
        and found.algorithm == ses.algorithm
    ):
        case.judged, case.signer_digest = found.verdict, found.signer_digest
    else:
        for _, check in _TRUST:
            check(case)
        kept.get(key, state, lambda: _standing(case))
        case.ground.verdicts.frames.keep(case.block.octets, ses, key)
    for _, check in _OWN:
        check(case)


def check_known(case: Case) -> None:
    """Only the binding to what is not in its octets: the rest held when it was verified here.

    Required: the layer is the lowest, and known by `stack_digest`, its body and all its seals: so
    each of them is chained to the one before.

    Raises:
        Rejection: of `binding`, but for `seal_chain_broken`.

    Source: protocol rule 2.9; protocol rule 2.4
    """
    if not case.ses.key:
        case.ground.verdicts.frames.keep(case.block.octets, case.ses, case.key)
    _placed(case)
    _entitled(case)


def _standing(case: Case) -> Standing:
    registered, content, signer = case.registered, case.seal.content, case.signer
    windows = [
        (registered.not_before, registered.not_after),
        (content.valid_from, content.valid_until),
        (signer.not_before, signer.not_after),
    ]
    ends = [registered.ended_at, signer.revoked_at]
    if (maker := case.verdict.maker) is not None:
        windows.append((maker.not_before, maker.not_after))
        ends.append(maker.revoked_at)
    return Standing(
        verdict=case.verdict,
        signer_digest=case.signer_digest,
        suite=case.binding.suite,
        algorithm=case.ses.algorithm,
        start=max(start for start, _ in windows),
        end=min(*(end for _, end in windows), *(end - 1 for end in ends if end is not None)),
    )


def _window(case: Case, start: int, end: int, early: str, late: str) -> None:
    if case.at < start or case.ses.sealed_at < start:
        raise SealUntrusted(early, position=case.block.position)
    if case.at > end or case.ses.sealed_at > end:
        raise SealUntrusted(late, position=case.block.position)


def _may_answer(own: Binding, original: Binding, party: Party) -> bool:
    if own.layer is LayerType.RECALL:
        return str(party) == original.issuer
    return str(party) in original.to or original.to == ("*",)


def _may_stand(case: Case, party: Party) -> bool:
    kind, name = case.kind, case.block.position
    for position in kind.positions.get(case.layer.type, ()) if kind is not None else ():
        if position.name == name and position.admits(party):
            return True
    return False
