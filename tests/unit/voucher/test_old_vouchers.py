"""Old vouchers are judged under the release named in their seals, whatever came after it."""

from pathlib import Path

import pytest

from hub.clock import DAY, Instant
from hub.errors import SchemaViolation
from hub.voucher.releases import Release, Releases
from schemas import catalogue_files
from tests.support.attacked import a_voucher, refusal, resealed, verified
from tests.support.sealed import ENV, NOW, later, schemas

BEGINS = later(-60)
GRACE_ENDS = later(12)  # 72 h after release 2 began
WITHOUT_5201 = '[[overlay]]\ndivision = "370100"\n[overlay.kind.5201]\ndisabled = true\n'


@pytest.fixture(name="releases", scope="module")
def _releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Release 1 as shipped; release 2, which counts for 60 hours, has no 5201 here."""
    folder = tmp_path_factory.mktemp("release-2")
    (folder / "overlays").mkdir()
    (folder / "overlays" / "370100.toml").write_text(WITHOUT_5201)
    first = schemas().catalogue
    second = catalogue_files.load(ENV, more=[Path(folder)], release=2)
    return Releases(
        [
            Release(1, lambda: first, Instant(0), None),
            Release(2, lambda: second, BEGINS, None),
        ],
        lambda: Instant(NOW + 3000 * DAY),
    )


def test_a_voucher_of_a_kind_that_is_gone_is_still_verified_under_its_own_release(
    releases: Releases,
) -> None:
    assert 2 == releases.newest
    house, voucher = a_voucher()
    assert 1 == voucher.top.cat
    assert voucher == verified(voucher.octets, house.ground(catalogues=releases))


def test_the_same_voucher_sealed_under_the_newer_release_is_refused(releases: Releases) -> None:
    house, voucher = a_voucher()
    newer = resealed(house, voucher, cat="2")
    assert "kind_unknown" == refusal(newer, house.ground(catalogues=releases))
    with pytest.raises(SchemaViolation, match="kind_unknown"):
        releases.schemas(2).kind("5201", "370100", "2026")


def test_the_older_release_may_not_be_chosen_once_its_time_is_over(releases: Releases) -> None:
    house, voucher = a_voucher()
    ground = house.ground(catalogues=releases)
    assert voucher == verified(voucher.octets, ground, GRACE_ENDS)
    late = Instant(GRACE_ENDS + 1)
    assert "catalogue_not_in_force" == refusal(voucher.octets, ground, late)
