"""The next list: drawn up, sealed, opened, accepted, in force."""

from dataclasses import replace
from typing import Any

import pytest

from hub.clock import DAY, Instant
from hub.errors import RuleBroken
from hub.trust.listing import issue, open_list
from hub.trust.model import SealEntry, Status, TrustList
from hub.trust.revise import Ending, revised
from hub.trust.rules import accept
from keys.keyring import open_keyring
from keys.trust_files import read_trust
from tests.support import pki
from tests.support.office import Office, of
from tests.support.sealed import schemas, suites

THEN = Instant(pki.AT + DAY)
UNTIL = Instant(pki.AT + 400 * DAY)


def through_the_post(office: Office, trust: TrustList) -> TrustList:
    """Sealed by two, sent, opened and accepted by a node."""
    files = read_trust(office.made.out / "trust")
    makers = [
        (one, open_keyring(office.made.out / "parties" / str(one), pki.vault()).maker("trust"))
        for one in (pki.TREASURY, pki.AUDITOR)
    ]
    ground = pki.list_ground(files)
    message, parts = issue(trust, makers, ground, schemas().catalogue.release, THEN)
    opening = open_list(message, parts, ground, THEN)
    accept(
        office.made.trust, opening.trust, env=pki.ENV, at=THEN, sealed_by=opening.sealed_by,
        suites=suites(),
    )  # fmt: skip
    return opening.trust


def test_a_rotated_seal_counts_and_the_revoked_one_ends(office: Office) -> None:
    old = of(office.made.trust, SealEntry, pki.BANK)
    new = replace(old, digest=b"\x07" * 32, seal_id="102.370100.new")
    drawn = revised(
        office.made.trust,
        effective_at=THEN,
        expires_at=UNTIL,
        endings=[Ending("seal", old.key, Status.REVOKED, THEN, "superseded")],
        additions=[office.endorsed(new, pki.BANK)],
    )
    view = office.view(through_the_post(office, drawn), at=THEN)
    before, after = view.seal(old.digest), view.seal(new.digest)
    assert before is not None
    assert after is not None
    assert (2, THEN, "revoked") == (view.trust.number, before.ended_at, before.ended_as)
    assert ("102.370100.new", None) == (after.seal_id, after.ended_at)


def test_a_suspended_party_resumes(office: Office) -> None:
    dates: dict[str, Any] = {"effective_at": THEN, "expires_at": UNTIL}
    party = str(pki.BANK)
    away = revised(
        office.made.trust, endings=[Ending("party", party, Status.SUSPENDED, THEN)], **dates
    )
    seal = of(office.made.trust, SealEntry, pki.BANK)
    suspended = office.view(through_the_post(office, away), at=THEN).seal(seal.digest)
    assert suspended is not None
    assert "suspended" == suspended.ended_as
    back = revised(away, endings=[Ending("party", party, Status.ACTIVE, None)], **dates)
    resumed = office.view(through_the_post(office, back), at=THEN).seal(seal.digest)
    assert resumed is not None
    assert ("", 3) == (resumed.ended_as, back.number)


def test_what_is_not_named_stays(office: Office) -> None:
    drawn = revised(office.made.trust, effective_at=THEN, expires_at=UNTIL)
    assert office.made.trust.register == drawn.register


def test_nothing_unknown_is_ended(office: Office) -> None:
    with pytest.raises(RuleBroken, match="trust_record_unknown"):
        revised(
            office.made.trust,
            effective_at=THEN,
            expires_at=UNTIL,
            endings=[Ending("seal", "00", Status.REVOKED, THEN)],
        )
