"""The catalogue as shipped, and what a catalogue may not be."""

import ast
import re
from pathlib import Path

import pytest

from hub.errors import SchemaViolation
from hub.voucher.body_codes import BODY_CODES
from hub.voucher.model import LayerType
from hub.voucher.schema import Schemas
from ops import generate_xsd
from schemas import catalogue_files
from tests.support.sealed import schemas

CATALOGUE = schemas().catalogue
ROOT = Path(__file__).parents[3]
AREA = ("fieldlist", "forms", "release", "schema", "rules", "merge")
ELSEWHERE = {"body_structure"}
"""Also raised by the canonical reader, which documents it."""


def test_the_checked_in_schemas_are_in_step_with_the_catalogue() -> None:
    folder = catalogue_files.shipped().parent / "xsd"
    assert dict(generate_xsd.generated(CATALOGUE)) == {
        path.name: path.read_bytes() for path in folder.glob("*.xsd")
    }


def test_every_code_raised_here_has_an_advice() -> None:
    raised = set()
    for name in (*(f"hub/voucher/{area}.py" for area in AREA), "schemas/catalogue_files.py"):
        text = (ROOT / name).read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                first = node.exc.args[0]
                if isinstance(first, ast.Constant):
                    raised.add(str(first.value))
        raised |= set(re.findall(r'"((?:field|body)_[a-z]+)"', text)) - {"field_name"}
    assert set() == raised - set(BODY_CODES) - ELSEWHERE


def test_a_rejection_of_an_unknown_kind_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(SchemaViolation) as refused:
        Schemas(CATALOGUE).parse("9x<>", "370100", "2026", LayerType.ORIGINAL, b"")
    assert ("kind_unknown", {}) == (refused.value.code, refused.value.context)
