"""What a release once accepted, octet for octet, it accepts for ever."""

import json

import pytest

from hub.voucher import rules
from hub.voucher.forms import write
from hub.voucher.model import Body, LayerType
from tests.support.golden import FOLDER, path_of
from tests.support.sealed import schemas

SCHEMAS = schemas()
NEWEST = SCHEMAS.catalogue.release


def test_every_release_has_its_golden_bodies() -> None:
    assert {f"release-{n}.json" for n in range(1, NEWEST + 1)} == {
        path.name for path in FOLDER.iterdir()
    }


@pytest.mark.parametrize("release", range(1, NEWEST + 1))
def test_golden_bodies_pass_and_are_written_the_same_again(release: int) -> None:
    golden = json.loads(path_of(release).read_text(encoding="utf-8"))
    lowest: dict[str, Body] = {}
    for name in sorted(
        golden, key=lambda n: (n.split(".")[0], n.split(".")[2], ".original." not in n)
    ):
        code, layer_name, n = name.split(".")
        layer, octets = LayerType(layer_name), golden[name].encode()
        kind = SCHEMAS.kind(code, "370100", "2026")
        body = SCHEMAS.parse(code, "370100", "2026", layer, octets)
        assert octets == write(kind, layer, body), name
        below = lowest.get(f"{code}.{n}")
        rules.check(kind, layer, body, below, "2026")
        if layer in {LayerType.ORIGINAL, LayerType.DOCUMENT}:
            lowest[f"{code}.{n}"] = body


def test_every_kind_and_layer_of_the_newest_release_has_two() -> None:
    golden = json.loads(path_of(NEWEST).read_text(encoding="utf-8"))
    wanted = {
        f"{code}.{layer}.{n}"
        for code, kind in SCHEMAS.catalogue.kinds.items()
        for layer in kind.layers
        for n in range(2)
    }
    assert wanted == set(golden)
