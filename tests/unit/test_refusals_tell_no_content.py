"""A refusal never repeats what it refuses: names, accounts and amounts stay out of every error.

An error's line and context go to logs, answers and screens. People who must see what stood in a
cell have `hubctl payments check` and `hubctl voucher show`.
"""

import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest

from hub.errors import HubError
from hub.observer import Fact
from hub.parties import party
from hub.voucher import open_message
from hub.voucher.model import Body, LayerType
from hub.voucher.schema import Schemas
from ops.apart import FAULTS
from ops.cli.output import Screen
from ops.logs import log_end
from ops.payments_import.rows import parse
from ops.profiles import read
from schemas.catalogue_files import load
from tests.support.marked import ACCOUNT, BASE_FEN, MARK, found_in
from tests.support.samples import a_body

ENV, DIVISION, YEAR = "demo", "990100", "2026"
KINDS = ("5201", "2301", "2203", "5106")
AMOUNT = f"{BASE_FEN // 100}.{BASE_FEN % 100}"
SECRETS = (MARK, ACCOUNT, AMOUNT, str(BASE_FEN))
WRONG = (MARK * 300, f" {ACCOUNT}\n{MARK}", f"-{AMOUNT}0")


def told(error: BaseException, capture: Callable[[], str]) -> str:
    """Everything anybody is shown of an error: log line, screen, JSON."""
    said = io.StringIO()
    log_end("work-w0", error)
    for as_json in (False, True):
        screen = Screen(said, said, chinese=False)
        screen.as_json = as_json
        screen.error(error) if isinstance(error, HubError) else screen.bug(error)
    return capture() + said.getvalue()


@pytest.fixture
def capture(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    return lambda: capsys.readouterr().err


def refused(acts: Iterator[Callable[[], object]], capture: Callable[[], str]) -> int:
    """How many are refused; none of the refusals holds a secret."""
    errors = [error for act in acts if (error := _error(act)) is not None]
    assert [] == found_in("\n".join(f"{error} {error.args}" for error in errors), SECRETS)
    for error in {error.code: error for error in errors}.values():
        assert [] == found_in(told(error, capture), SECRETS)
    return len(errors)


def _error(act: Callable[[], object]) -> HubError | None:
    try:
        act()
    except HubError as error:
        return error
    return None


@cache
def compiled() -> Schemas:
    return Schemas(load(ENV))


@pytest.mark.parametrize("kind_code", KINDS)
def test_a_body_with_one_wrong_value(kind_code: str, capture: Callable[[], str]) -> None:
    schemas = compiled()
    body = a_body(schemas.kind(kind_code, DIVISION, YEAR), 1, full=True)

    def acts() -> Iterator[Callable[[], object]]:
        for part in range(1 + bool(body.details)):
            for name in body.details[0] if part else body.fields:
                for value in WRONG:
                    bad = _changed(body, part, name, value)
                    yield lambda bad=bad: schemas.write(  # type: ignore[misc]
                        kind_code, DIVISION, YEAR, LayerType.ORIGINAL, bad
                    )

    assert 30 < refused(acts(), capture)


def _changed(body: Body, part: int, name: str, value: str) -> Body:
    if not part:
        return Body({**body.fields, name: value}, body.details)
    return Body(body.fields, ({**body.details[0], name: value}, *body.details[1:]))


def test_an_envelope_with_marked_octets_anywhere(capture: Callable[[], str]) -> None:
    schemas = compiled()
    body = a_body(schemas.kind("5201", DIVISION, YEAR), 1)
    octets = schemas.write("5201", DIVISION, YEAR, LayerType.ORIGINAL, body)
    message = b'<MOF Version="1"><VoucherBody>' + octets + b"</VoucherBody></MOF>"
    draw = Random(1)

    def acts() -> Iterator[Callable[[], object]]:
        for _ in range(200):
            at = draw.randrange(len(message))
            spoilt = message[:at] + MARK.encode() + ACCOUNT.encode() + message[at:]
            yield lambda spoilt=spoilt: open_message(spoilt)  # type: ignore[misc]
            yield lambda spoilt=spoilt: schemas.parse(  # type: ignore[misc]
                "5201", DIVISION, YEAR, LayerType.ORIGINAL, spoilt
            )

    assert 400 == refused(acts(), capture)


def test_a_payments_file_that_is_none(capture: Callable[[], str]) -> None:
    files = [
        b"\xff\xfe" + MARK.encode("utf-16-le"),
        MARK.encode() + b"\xff\xff",
        f'区划代码,"{MARK}'.encode(),
        b",".join([MARK.encode()] * 300),
        b"",
    ]
    assert len(files) == refused((lambda o=o: parse(o) for o in files), capture)  # type: ignore[misc]


PROFILES = {
    "syntax": f'name = "{MARK}\n',
    "no value": f'"{MARK}" =\n',
    "twice": f'[payers]\n"{ACCOUNT}" = "1"\n"{ACCOUNT}" = "2"\n',
    "account as a number": f"[payers]\n{ACCOUNT} = 5\n",
    "name as a list": f'name = ["{MARK}"]\n',
    "unknown key": f'"{MARK}" = "{ACCOUNT}"\n',
    "unknown key below": f'[clearing.0299000000]\n"{MARK}" = "{ACCOUNT}"\n',
    "no party": f'[banks]\n"{ACCOUNT}" = "{MARK}"\n',
}


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_profile_that_is_wrong(name: str, tmp_path: Path, capture: Callable[[], str]) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(PROFILES[name], encoding="utf-8")
    assert 1 == refused(iter([lambda: [party(p) for p in read(file).banks.values()]]), capture)


def test_a_fault_of_the_program(capture: Callable[[], str]) -> None:
    for fault in FAULTS[:3]:
        try:
            raise fault(f"{MARK} {ACCOUNT} {AMOUNT}")
        except FAULTS as error:
            said = told(error, capture)
        assert '"program_fault"' in said
        assert fault.__name__ in said
        assert [] == found_in(said, SECRETS)


def test_a_fact_takes_no_field_that_is_not_allowed() -> None:
    with pytest.raises(AssertionError, match="payee") as caught:
        Fact("x", {"payee": MARK})
    assert MARK not in str(caught.value)


def test_the_search_finds_what_it_looks_for() -> None:
    text = json.dumps({"a": f"x{MARK}", "b": f"9{ACCOUNT} {ACCOUNT}1"})
    assert [MARK, ACCOUNT] == found_in(text, SECRETS)
    assert [] == found_in(f"1{ACCOUNT}", SECRETS)
