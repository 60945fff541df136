"""Every kind's samples pass schema and rules, and come back as they were written."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Rejection
from hub.voucher import rules
from hub.voucher.forms import write
from hub.voucher.model import LayerType
from hub.voucher.schema import Schemas
from ops import catalogue_files
from tests.support.samples import a_body, a_layer

SCHEMAS = Schemas(catalogue_files.load("sd-test"))
KINDS = SCHEMAS.catalogue.kinds
LAYERS = [(code, layer) for code, kind in KINDS.items() for layer in kind.layers]


@pytest.mark.parametrize(("code", "layer"), LAYERS)
def test_samples_of_every_kind_and_layer_pass_schema_and_rules(code: str, layer: LayerType) -> None:
    kind = KINDS[code]
    for seed in range(2):
        lowest = a_body(kind, seed, full=bool(seed))
        on_top = layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}
        body = a_layer(kind, layer, lowest, seed, failed=seed) if on_top else lowest
        octets = SCHEMAS.write(code, "370100", "2026", layer, body)
        parsed = SCHEMAS.parse(code, "370100", "2026", layer, octets)
        assert body == parsed
        rules.check(kind, layer, parsed, lowest if on_top else None, "2026")


@given(st.sampled_from(LAYERS), st.integers(0, 10**6), st.data())
def test_a_mutated_body_is_read_or_refused_and_never_crashes(
    which: tuple[str, LayerType], seed: int, data: st.DataObject
) -> None:
    code, layer = which
    kind = KINDS[code]
    lowest = a_body(kind, seed % 50)
    on_top = layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}
    octets = bytearray(write(kind, layer, a_layer(kind, layer, lowest) if on_top else lowest))
    at = data.draw(st.integers(0, len(octets) - 1))
    length = data.draw(st.integers(0, 8))
    octets[at : at + length] = data.draw(st.binary(max_size=8))
    with suppress(Rejection):
        body = SCHEMAS.parse(code, "370100", "2026", layer, bytes(octets))
        rules.check(kind, layer, body, lowest if on_top else None, "2026")
        assert bytes(octets) == write(kind, layer, body)
