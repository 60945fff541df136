"""No message that differs from a sealed one in anything is ever taken for good.

A part of the mutants here; all of them, of every suite, in tests/fault/test_mutated_messages.py.
"""

from itertools import islice

import pytest

from hub.voucher.model import LayerType
from tests.support.mutator import body_mutants, flips, mutants, sealed_stack, survivors
from tests.support.sealed import Known

STEP = 41
STACKS = [None, LayerType.RECEIPT]


@pytest.mark.parametrize("upper", STACKS)
@pytest.mark.parametrize("known", [False, True])
def test_no_mutant_of_envelope_or_seals_survives(upper: LayerType | None, *, known: bool) -> None:
    voucher, original, ground = sealed_stack("p256-sha256", upper)
    layers = Known(original.top.stack_digest) if known else Known()
    made = [m for m in mutants(voucher.octets) if m[1] != original.octets]
    tried, found = survivors(made[::5], ground, layers)
    assert tried > 100
    assert [] == found


def test_no_mutant_of_a_body_survives() -> None:
    voucher, _, ground = sealed_stack("p256-sha256", None)
    tried, found = survivors(islice(body_mutants(voucher.octets), 100), ground, Known())
    assert 100 == tried
    assert [] == found


def test_no_flipped_octet_survives() -> None:
    voucher, _, ground = sealed_stack("p256-sha256", LayerType.RETURN)
    tried, found = survivors(islice(flips(voucher.octets), 0, None, STEP), ground, Known())
    assert tried > 200
    assert [] == found
