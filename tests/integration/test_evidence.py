"""What an evidence package proves, and what it does not."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.errors import HubError, Malformed, SealUntrusted
from hub.exchange.stamps import Span, listed
from hub.parties import NodeId
from hub.trust.model import CertificateEntry, NodeKey, Registered, SealEntry, Usage
from hub.voucher import timestamp
from hub.voucher.codec import open_message
from hub.voucher.model import Voucher
from ops.clock import SystemClock
from ops.evidence.contents import Stamped, contents, files, stamped
from tests.support import pki
from tests.support.court import ANSWERED_AT, LATER, PROOF_AT, SEALED_AT, Court, judged
from tests.support.office import Office, ended, of, only
from tests.support.sealed import a_draft
from tests.support.tsa import Authority


@pytest.fixture(name="court", scope="module")
def _court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    return Court(Office(pki.make(tmp_path_factory.mktemp("court"), "p256-sha256")))


def failing(court: Court, **more: object) -> list[tuple[str, str]]:
    [one] = judged(court.contents(**more)).messages
    return [(c.check, c.evidence) for c in one.report.checks if c.result == "failed"]


def test_a_proof_list_of_the_hub_proves_a_voucher(court: Court) -> None:
    verdict = judged(court.contents(proofs=(court.proof(court.order),)))
    assert ("TOTAL_PASSED", None) == (verdict.indication, verdict.sub_indication)
    [one] = verdict.messages
    assert (PROOF_AT, "proof_list of hub") == (one.proof_at, one.proof)
    assert {"011.370100", "001.370100", "900.370000"} == {party for party, _ in verdict.pins}


def test_a_hop_notice_proves_it_too_and_the_earliest_word_counts(court: Court) -> None:
    notice = court.notice(court.order)
    assert "notice of hub" == judged(court.contents(notices=(notice,))).messages[0].proof
    later = court.proof(court.order, Instant(PROOF_AT + MINUTE))
    both = judged(court.contents(notices=(notice,), proofs=(later,)))
    assert (PROOF_AT, "notice of hub") == (both.messages[0].proof_at, both.messages[0].proof)


def test_without_a_proof_of_time_nothing_is_certain(court: Court) -> None:
    verdict = judged(court.contents())
    assert ("INDETERMINATE", "NO_POE") == (verdict.indication, verdict.sub_indication)
    checks = [c for c in verdict.messages[0].report.checks if c.result != "passed"]
    assert [("timestamp", "not_done", "proof_missing")] == [
        (c.check, c.result, c.evidence) for c in checks
    ]


def test_the_issuers_own_node_and_a_forged_word_prove_nothing(court: Court) -> None:
    own = court.proof(court.order, node="finance")
    genuine = court.proof(court.order)
    forged = replace(
        genuine, octets=genuine.octets.replace(str(PROOF_AT).encode(), b"1790003661000")
    )
    borrowed = replace(genuine, node="icbc")
    other = court.proof(court.receipt)
    for proof in (own, forged, borrowed, other):
        assert "" == judged(court.contents(proofs=(proof,))).messages[0].proof


def test_a_receipt_carries_its_order_and_both_are_judged(court: Court) -> None:
    proof = court.proof(court.receipt, Instant(ANSWERED_AT + MINUTE))
    verdict = judged(court.contents(court.receipt, proofs=(proof,)))
    assert "TOTAL_PASSED" == verdict.indication
    layers = {check.layer for check in verdict.messages[0].report.checks}
    assert {"", "original", "receipt"} == layers
    assert "INDETERMINATE" == judged(court.contents(court.order, court.receipt)).indication


def test_the_gravest_message_decides(court: Court) -> None:
    at = Instant(PROOF_AT + 2 * DAY)  # sealed more than a day before anybody had it
    verdict = judged(court.contents(proofs=(court.proof(court.order, at),)))
    assert ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE") == (
        verdict.indication, verdict.sub_indication,
    )  # fmt: skip


def test_a_changed_message_fails(court: Court) -> None:
    octets = court.order.octets
    at = octets.index(b"</Voucher>") - 40
    forged = octets[:at] + (b"A" if octets[at : at + 1] != b"A" else b"B") + octets[at + 1 :]
    found = court.contents(messages=(forged,), proofs=(court.proof(court.order),))
    assert "TOTAL_FAILED" == judged(found).indication


def test_only_two_of_the_given_pins_make_a_list(court: Court) -> None:
    found = court.contents(proofs=(court.proof(court.order),))
    pins = {pin.party: hashlib.sha256(pin.certificate).digest() for pin in court.office.made.pins}
    right = frozenset((pins[pki.FINANCE], pins[pki.TREASURY]))
    assert "TOTAL_PASSED" == judged(found, pins=right).indication
    for wrong in (frozenset((pins[pki.FINANCE],)), frozenset((b"\0" * 32,))):
        with pytest.raises(HubError) as refused:
            judged(found, pins=wrong)
        assert isinstance(refused.value, SealUntrusted)


@pytest.mark.parametrize(
    ("since", "indication"),
    [(PROOF_AT + HOUR, "TOTAL_PASSED"), (SEALED_AT - HOUR, "TOTAL_FAILED"),
     (SEALED_AT + 1000, "INDETERMINATE")],
)  # fmt: skip
def test_a_later_list_that_ends_a_seal_counts_from_the_instant_it_names(
    court: Court, tmp_path: Path, since: int, indication: str
) -> None:
    entry = of(court.office.made.trust, SealEntry, pki.FINANCE)
    trust = court.office.next_list(
        only(entry.key, lambda one: ended(one, at=Instant(since))),
        effective_at=LATER, expires_at=Instant(LATER + 300 * DAY),
    )  # fmt: skip
    files = court.with_list(trust, tmp_path / "trust")
    verdict = judged(court.contents(trust=files, proofs=(court.proof(court.order),)))
    assert ((1, 2), indication) == (verdict.trust_lists, verdict.indication)


def test_a_node_key_that_ended_later_still_proves_what_it_signed_before(
    court: Court, tmp_path: Path
) -> None:
    key = next(
        r.record for r in court.office.made.trust.register.node_keys
        if isinstance(r.record, NodeKey) and r.record.node == "hub"
    )  # fmt: skip
    for name, since, proof in (
        ("later", LATER, "proof_list of hub"), ("before", SEALED_AT - HOUR, ""),
    ):  # fmt: skip
        trust = court.office.next_list(
            only(key.key, lambda one, at=since: ended(one, at=Instant(at))),  # type: ignore[misc]
            effective_at=LATER, expires_at=Instant(LATER + 300 * DAY),
        )  # fmt: skip
        files = court.with_list(trust, tmp_path / name)
        found = court.contents(trust=files, proofs=(court.proof(court.order),))
        assert proof == judged(found).messages[0].proof


def test_a_list_that_was_changed_is_refused(court: Court) -> None:
    found = court.contents(proofs=(court.proof(court.order),))
    [name] = [name for name in found.trust if name.startswith("list-")]
    sections = {
        key: octets + b" " if key.startswith("sections/") else octets
        for key, octets in found.trust.items()
    }
    changed = {**found.trust, name: found.trust[name].replace(b"<Sign", b"<Sigh", 1)}
    for trust in (sections, changed):
        with pytest.raises(HubError):
            judged(replace(found, trust=trust))


def with_authority(court: Court, authority: Authority, folder: Path) -> dict[str, bytes]:
    """The trust folder with a list that registers the authority's root."""
    root = CertificateEntry(
        usage=Usage.ANCHOR, digest=pki.sha(authority.root), certificate=authority.root,
        suite="p256-sha256", party=None, not_before=pki.AT, not_after=Instant(LATER + 300 * DAY),
    )  # fmt: skip
    trust = court.office.next_list(
        add={"certificates": Registered(root)},
        effective_at=Instant(pki.AT + HOUR), expires_at=Instant(LATER + 300 * DAY),
    )  # fmt: skip
    return court.with_list(trust, folder)


def a_list(authority: Authority, *vouchers: Voucher, env: str = pki.ENV) -> Stamped:
    """A list that names vouchers, stamped now."""
    span = Span(env, NodeId("finance"), "00aa", 1, 6)
    octets = listed(span, [voucher.digest for voucher in vouchers])
    return Stamped(
        octets, timestamp.granted(authority.answer(timestamp.request(octets, 7)), 7)
    )  # fmt: skip


def test_a_stamped_list_proves_what_no_other_node_has_seen(court: Court, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa")
    files = with_authority(court, authority, tmp_path / "trust")
    order = court.seal(a_draft(number="2026-listed"), SystemClock().now())
    proof = a_list(authority, court.order, order)
    verdict = judged(court.contents(order, trust=files, stamped=(proof,)))
    [one] = verdict.messages
    assert ("TOTAL_PASSED", "stamped_list") == (verdict.indication, one.proof)
    assert timestamp.peek(proof.token) == one.proof_at
    assert [("passed", "stamped_list")] == [
        (c.result, c.evidence) for c in one.report.checks if c.check == "timestamp"
    ]
    for wrong in (
        a_list(authority, court.order),  # of other vouchers
        a_list(authority, order, env="sd-prod"),  # of another environment
        replace(proof, token=a_list(authority, court.order).token),  # a token over another list
        replace(proof, octets=proof.octets + b"0"),  # a line more than was stamped
        replace(proof, token=b"no token"),
    ):
        other = judged(court.contents(order, trust=files, stamped=(wrong,)))
        assert ("INDETERMINATE", "NO_POE") == (other.indication, other.sub_indication)
    unregistered = judged(court.contents(order, stamped=(proof,)))
    assert "NO_POE" == unregistered.sub_indication


def test_a_list_that_was_stamped_too_late_leaves_the_word_to_the_hub(
    court: Court, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "tsa")
    files = with_authority(court, authority, tmp_path / "trust")
    late = a_list(authority, court.order)  # weeks after it was sealed
    alone = judged(court.contents(trust=files, stamped=(late,)))
    assert ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE") == (alone.indication, alone.sub_indication)
    both = judged(
        court.contents(trust=files, stamped=(late,), proofs=(court.proof(court.order),))
    )  # fmt: skip
    assert ("TOTAL_PASSED", "proof_list of hub") == (both.indication, both.messages[0].proof)
    on_time = court.seal(a_draft(number="2026-both"), SystemClock().now())
    word = court.proof(on_time, SystemClock().now())
    first = judged(
        court.contents(on_time, trust=files, stamped=(a_list(authority, on_time),), proofs=(word,))
    )
    assert "stamped_list" == first.messages[0].proof


def test_a_package_carries_its_stamped_lists_and_none_without_its_token(
    court: Court, tmp_path: Path
) -> None:
    proof = a_list(Authority(tmp_path / "tsa"), court.order)
    found = files(court.contents(stamped=(proof,)))
    assert (proof,) == contents(found).stamped
    [token] = [name for name in found if name.startswith("stamped/") and name.endswith(".tst")]
    with pytest.raises(Malformed, match="evidence_form"):
        contents({name: octets for name, octets in found.items() if name != token})


def test_a_token_of_a_registered_authority_is_the_proof_time(court: Court, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa")
    files = with_authority(court, authority, tmp_path / "trust")
    order = court.seal(a_draft(number="2026-stamped"), SystemClock().now())
    [layer] = open_message(order.octets).layers
    token = timestamp.granted(authority.answer(timestamp.request(layer.seals[-1].octets, 7)), 7)
    tokens = {stamped(layer): token}
    verdict = judged(court.contents(order, trust=files, tokens=tokens))
    [one] = verdict.messages
    assert ("TOTAL_PASSED", "timestamp") == (verdict.indication, one.proof)
    assert timestamp.peek(token) == one.proof_at
    unregistered = judged(court.contents(order, tokens=tokens))
    assert ("INDETERMINATE", "NO_POE") == (unregistered.indication, unregistered.sub_indication)
