"""A site's folder is all that the library needs: no node, no store, nothing that runs nodes."""

from pathlib import Path

import pytest

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.voucher import examine, seal, verify
from hub.voucher.model import Voucher
from keys.ceremony import Made
from keys.site import OPENER, Site, open_site
from tests.support import pki
from tests.support.sealed import a_draft

POSITIONS = ("cz_jb", "cz_fh", "cz_gz")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return pki.make(tmp_path_factory.mktemp("site"), suite="p256-sha256")


def _now() -> Instant:
    return pki.AT


def _sealed(site: Site) -> Voucher:
    draft = a_draft()
    makers = [(name, site.maker_of(draft.id.party, name)) for name in POSITIONS]
    return seal(draft, makers, site.ground, at=pki.AT)


def test_what_a_site_seals_verifies_at_another_opening_of_it(made: Made) -> None:
    (made.out / OPENER).write_bytes(pki.PASSPHRASE + b"\n")
    site = open_site(made.out, _now)
    assert (pki.ENV, 1) == (site.ground.env, site.release)
    voucher = _sealed(site)
    again = open_site(made.out, _now).ground
    verified = verify(
        voucher.octets, trust=again.trust, catalogues=again.catalogues, env=again.env,
        at=pki.AT, suites=again.suites, known=again.known, verdicts=again.verdicts,
    )  # fmt: skip
    assert voucher.id == verified.id
    assert POSITIONS == tuple(fact.position for fact in verified.top.seals)
    assert "TOTAL_PASSED" == examine(voucher.octets, again, at=pki.AT).indication


def test_a_site_verifies_without_a_passphrase_and_seals_only_with_one(
    made: Made, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    site = open_site(made.out, _now, elsewhere)
    with pytest.raises(Misconfigured, match=r"^passphrase_file_missing$"):
        _sealed(site)
    elsewhere.write_bytes(pki.PASSPHRASE)
    assert _sealed(open_site(made.out, _now, elsewhere)).top.seals


def test_a_folder_that_is_no_site_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^site_missing folder="):
        open_site(tmp_path, _now)
