"""What a release once accepted, octet for octet, it accepts for ever."""

import hashlib
import json
from dataclasses import replace
from typing import Any, Final

import pytest

from hub.clock import DAY, Instant
from hub.errors import Rejection
from hub.voucher import VerdictCache, open_message, rules, verify
from hub.voucher.forms import write
from hub.voucher.model import Body, LayerType, Voucher
from hub.voucher.releases import Release, Releases
from tests.support import wire_vectors
from tests.support.added import added
from tests.support.golden import FOLDER, forms_path_of, path_of, schemas_of, sealed_path_of
from tests.support.sealed import Known, schemas, suites

NEWEST = schemas().catalogue.release
FILES: Final = {
    "release-1.json": "e6af1956c690e69d18ca422c027957effc526ca1bb85d246fb6d7f3ca4e480eb",
    "forms-1.json": "0e7e548d415749cfc6397b10aafdf7cc7f3f27217d4be6c135abd3c28d0239ae",
    "sealed-1.json": "fa960a55b9ea3a8e699f2fd20c780e65ffebf0377aae82c31343d5ae65883d64",
}
"""SHA-256 of every golden file. Files are added; none is ever changed."""
MESSAGES: Final = {
    "sm2-sm3/original": "f54c1bd933d390b5eb36902d23a2a39c1de4882d2e4a71d9334a30b85ca5d122",
    "sm2-sm3/receipt": "06a9bf74476af046939fb957a8d383b3e2b2896ccd0d341dab307bf7f7cb1fa3",
    "p256-sha256/original": "ce16ecca98aa258c29cce4f2bb3a473c644000c7ab357c1da2634b05219ecdc7",
    "p256-sha256/receipt": "43f1e99bedc303c757177c75f725420ecee0e7724ea2af2dca6bb69cdbfabce6",
}
"""SHA-256 of the messages in wire-vectors.json: clients in other languages are tested on them."""


def kept(release: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sealed_path_of(release).read_text(encoding="utf-8"))
    return found


def verified(plain: dict[str, Any], octets: bytes, releases: Releases, at: Instant) -> Voucher:
    return verify(
        octets, trust=wire_vectors.trust_of(plain), catalogues=releases, env=plain["env"], at=at,
        suites=suites(), known=Known(), verdicts=VerdictCache(),
    )  # fmt: skip


def releases_since(release: int, at: Instant) -> Releases:
    """The release, and one that came a year later and knows no kind at all."""
    old = schemas_of(release).catalogue
    empty = replace(old, release=release + 1, kinds={}, overlays={})
    coming = Release(release + 1, lambda: empty, Instant(at + 365 * DAY))
    return Releases([Release(release, lambda: old), coming], lambda: Instant(at + 5000 * DAY))


def test_every_release_has_its_golden_files_and_they_are_as_they_were() -> None:
    assert set(FILES) == {
        path(n).name
        for n in range(1, NEWEST + 1)
        for path in (path_of, sealed_path_of, forms_path_of)
    }
    assert set(FILES) == {path.name for path in FOLDER.glob("*.json")}
    assert FILES == {
        name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in FILES
    }


def test_the_messages_of_the_wire_vectors_are_as_they_were() -> None:
    vectors = json.loads(wire_vectors.PATH.read_text(encoding="utf-8"))
    assert MESSAGES == {
        f"{plain['suite']}/{one['name']}": hashlib.sha256(one["octets"].encode()).hexdigest()
        for plain in vectors["suites"]
        for one in plain["messages"]
    }


@pytest.mark.parametrize("release", range(1, NEWEST + 1))
def test_golden_bodies_pass_and_are_written_the_same_again(release: int) -> None:
    own = schemas_of(release)
    assert release == own.catalogue.release
    golden = json.loads(path_of(release).read_text(encoding="utf-8"))
    lowest: dict[str, Body] = {}
    for name in sorted(
        golden, key=lambda n: (n.split(".")[0], n.split(".")[2], ".original." not in n)
    ):
        code, layer_name, n = name.split(".")
        layer, octets = LayerType(layer_name), golden[name].encode()
        kind = own.kind(code, "370100", "2026")
        body = own.parse(code, "370100", "2026", layer, octets)
        assert octets == write(kind, layer, body), name
        below = lowest.get(f"{code}.{n}")
        rules.check(kind, layer, body, below, "2026")
        if layer in {LayerType.ORIGINAL, LayerType.DOCUMENT}:
            lowest[f"{code}.{n}"] = body


@pytest.mark.parametrize("release", range(1, NEWEST + 1))
def test_a_sealed_message_verifies_for_ever_at_its_proof_time(release: int) -> None:
    plain = kept(release)
    octets, at = plain["octets"].encode(), Instant(plain["at_ms"])
    voucher = verified(plain, octets, releases_since(release, at), at)
    assert plain["layer_id"] == str(voucher.top.id)
    assert [release, release] == [layer.cat for layer in voucher.layers]
    assert 2 == len(open_message(octets).layers)
    assert octets == voucher.octets


def test_a_sealed_message_is_nothing_at_another_time_or_with_another_octet() -> None:
    plain = kept(1)
    octets, at = plain["octets"].encode(), Instant(plain["at_ms"])
    releases = releases_since(1, at)
    with pytest.raises(Rejection, match="sealed_too_early"):
        verified(plain, octets, releases, Instant(at + 2 * DAY))
    with pytest.raises(Rejection):
        verified(plain, octets.replace(b"2026000000001", b"2026000000002", 1), releases, at)


@pytest.mark.parametrize("name", [*FILES])
def test_no_golden_file_holds_a_private_key(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "PRIVATE" not in text
    assert "0201010420" not in text


def test_every_kind_and_layer_of_the_newest_release_has_two() -> None:
    golden = json.loads(path_of(NEWEST).read_text(encoding="utf-8"))
    wanted = {
        f"{code}.{layer}.{n}"
        for code, kind in schemas().catalogue.kinds.items()
        if code not in added()
        for layer in kind.layers
        for n in range(2)
    }
    assert wanted == {name for name in golden if name.split(".")[0] not in added()}
