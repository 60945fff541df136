"""Trust lists as sealed documents: two pinned keys, whole sections, nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.clock import DAY, Instant
from hub.errors import HubError
from hub.trust.listing import Opening, issue, open_list, publish
from hub.trust.model import Pin, SealEntry
from hub.trust.pinned import pinned_ground
from hub.voucher import xml
from hub.voucher.codec import open_message
from hub.voucher.model import LayerType
from keys.keyring import open_keyring
from keys.trust_files import TrustFiles, list_numbers, read_trust, write_list
from tests.support import pki
from tests.support.office import Office, ended, of, only
from tests.support.sealed import schemas


def files_of(office: Office) -> TrustFiles:
    return read_trust(office.made.out / "trust")


def opened(office: Office, message: bytes | None = None, **more: object) -> Opening:
    files = files_of(office)
    ground = pki.list_ground(files)
    parts = more.pop("parts", files.sections)
    now = more.pop("now", pki.AT)
    ground = replace(ground, **more)  # type: ignore[arg-type]
    return open_list(message or files.message, parts, ground, now)  # type: ignore[arg-type]


def refused(office: Office, message: bytes | None = None, **more: object) -> str:
    with pytest.raises(HubError) as error:
        opened(office, message, **more)
    return error.value.code


def sealed_by(office: Office, *parties: object) -> bytes:
    """The same list sealed by the official seals of these parties."""
    files = files_of(office)
    issuer = next(pin.party for pin in files.pins if pin.party == parties[0])
    makers = [
        (issuer, open_keyring(office.made.out / "parties" / str(one), pki.vault()).maker("trust_1"))
        for one in parties
    ]
    release = schemas().catalogue.release
    return issue(office.made.trust, makers, pki.list_ground(files), release, pki.AT)[0]


def test_a_list_of_two_pinned_parties_opens_to_what_was_published(office: Office) -> None:
    opening = opened(office)
    assert {pki.FINANCE, pki.TREASURY} == opening.sealed_by
    assert set(map(repr, office.made.trust.register)) == set(map(repr, opening.trust.register))
    assert office.made.trust.expires_at == opening.trust.expires_at


def test_any_two_of_the_three_may_seal_in_any_order(office: Office) -> None:
    message = sealed_by(office, pki.AUDITOR, pki.FINANCE)
    assert {pki.AUDITOR, pki.FINANCE} == opened(office, message).sealed_by


def test_one_party_twice_counts_once(office: Office) -> None:
    message = sealed_by(office, pki.FINANCE, pki.FINANCE)
    assert frozenset({pki.FINANCE}) == opened(office, message).sealed_by


def test_an_old_list_opens_years_later_but_never_before_it_was_sealed(office: Office) -> None:
    assert opened(office, now=Instant(pki.AT + 3000 * DAY)).trust.number == 1
    assert "sealed_in_future" == refused(office, now=Instant(pki.AT - DAY // 24))


def test_a_seal_that_is_not_pinned_is_refused_even_when_it_is_registered(office: Office) -> None:
    pins = files_of(office).pins
    others = tuple(pin for pin in pins if pin.party != pki.FINANCE)
    assert "seal_unknown" == refused(office, pins=others)


def test_a_list_under_foreign_roots_is_refused(office: Office) -> None:
    assert "chain_unknown" == refused(office, anchors=())


def test_a_list_of_another_environment_is_refused(office: Office) -> None:
    assert "trust_list_other_environment" == refused(office, env="sd-prod")


def test_a_flipped_bit_of_the_body_is_refused(office: Office) -> None:
    message = files_of(office).message
    layer = open_message(message).layers[0]
    body = xml.content(layer.body)
    assert "Number" in body.fields
    assert "" != refused(office, message.replace(b"<Voucher>", b"<Voucher >", 1))
    flipped = bytearray(message)
    flipped[len(message) // 2] ^= 1
    assert "" != refused(office, bytes(flipped))


def test_a_missing_or_changed_section_is_refused(office: Office) -> None:
    sections = dict(files_of(office).sections)
    digest = next(iter(sections))
    changed = {**sections, digest: sections[digest] + b"\n"}
    assert "trust_section_digest" == refused(office, parts=changed)
    del sections[digest]
    assert "trust_section_missing" == refused(office, parts=sections)


def test_a_change_of_one_unit_moves_its_section_only(office: Office) -> None:
    unit = of(office.made.trust, SealEntry, pki.UNIT)
    _, before = publish(office.made.trust, pki.FINANCE, 1)
    _, after = publish(office.next_list(only(unit.key, ended)), pki.FINANCE, 1)
    assert 2 == len(before)
    assert 1 == len(after.keys() - before.keys())


def test_old_lists_stay_and_the_newest_is_read(office: Office, tmp_path: Path) -> None:
    files = files_of(office)
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "pinned").mkdir()
    write_list(folder, 1, files.message, files.sections)
    write_list(folder, 2, sealed_by(office, pki.FINANCE, pki.AUDITOR), files.sections)
    write_list(folder, 2, b"never overwritten", {})
    assert [1, 2] == list_numbers(folder)
    assert files.message == read_trust(folder, 1).message
    assert files.message != read_trust(folder).message != b"never overwritten"


def test_pinned_keys_seal_trust_lists_and_nothing_else(office: Office) -> None:
    trust = pinned_ground(pki.list_ground(files_of(office))).trust
    pin: Pin = files_of(office).pins[0]
    assert trust.entitled(pin.party, "TL01", LayerType.DOCUMENT, "trust_1", "000000")
    assert not trust.entitled(pin.party, "5201", LayerType.ORIGINAL, "cz_jb", "370100")
    assert not trust.may_submit("hub", pin.party)
