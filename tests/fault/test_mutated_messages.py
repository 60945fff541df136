"""Every mutant of a sealed message, in every suite: none is taken for good.

`MUTANTS_STEP=1` tries every single one; else every so many, so that the run ends in a minute.
"""

import os
from itertools import islice

import pytest

from hub.voucher.model import LayerType
from tests.support.mutator import body_mutants, flips, mutants, sealed_stack, survivors
from tests.support.sealed import Known

STEP = int(os.environ.get("MUTANTS_STEP", "7"))  # noqa: TID251 - how many of them
SUITES = ["digest-only", "p256-sha256", "sm2-sm3"]
STACKS = [None, LayerType.RECEIPT, LayerType.RETURN, LayerType.RECALL]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("upper", STACKS)
@pytest.mark.parametrize("suite", SUITES)
def test_no_mutant_survives(suite: str, upper: LayerType | None) -> None:
    voucher, original, ground = sealed_stack(suite, upper)
    for known in (Known(), Known(original.top.stack_digest)):
        made = (m for m in mutants(voucher.octets) if m[1] != original.octets)
        tried, found = survivors(made, ground, known)
        assert tried > 700
        assert [] == found


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suite", SUITES)
def test_no_mutant_of_a_body_survives(suite: str) -> None:
    voucher, _, ground = sealed_stack(suite, None)
    made = islice(body_mutants(voucher.octets), 0, None, 11 * STEP)
    tried, found = survivors(made, ground, Known())
    assert tried > 400 // STEP
    assert [] == found


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("upper", STACKS)
def test_no_flipped_octet_survives(upper: LayerType | None) -> None:
    voucher, _, ground = sealed_stack("p256-sha256", upper)
    made = flips(voucher.octets, (0x01, 0x20, 0x80))
    tried, found = survivors(islice(made, 0, None, STEP), ground, Known())
    assert tried > 30000 // STEP
    assert [] == found
