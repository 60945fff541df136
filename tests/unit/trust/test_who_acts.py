"""Who is put down for what he does by himself, with operators in the trust list and without."""

from collections.abc import Callable

import pytest

from hub.clock import DAY, Instant
from hub.errors import HubError
from hub.trust.model import Operator, Status
from ops.scope import actor, bearer
from tests.support import pki
from tests.support.office import Office, ended, only

NOW = pki.AT


def code(call: Callable[[], str]) -> str:
    with pytest.raises(HubError) as refused:
        call()
    return refused.value.code


@pytest.mark.parametrize("login", ["li.si@corp", "svc$", "CORP\\li.si", "Li Si", "李四", "x" * 60])
def test_where_there_are_no_operators_any_line_is_a_name(login: str, office: Office) -> None:
    view = office.view(office.next_list(lambda e: None if isinstance(e.record, Operator) else e))
    assert not view.has_operators
    assert login == actor(login, "", view, NOW)


@pytest.mark.parametrize("login", ["", " ", "x" * 61, "a\nb", "a\x00", "a\x1b[2J", "a\u2028b"])
def test_what_is_no_line_is_refused_everywhere(login: str, office: Office) -> None:
    view = office.view(office.next_list(lambda e: None if isinstance(e.record, Operator) else e))
    assert "operator_format" == code(lambda: actor(login, "", view, NOW))
    assert "operator_format" == code(lambda: actor(login, "", office.view(), NOW))


@pytest.mark.parametrize("named", ["", "li.si@corp"])
def test_where_there_are_operators_or_one_is_named_it_is_a_word(named: str, office: Office) -> None:
    assert "operator_format" == code(lambda: actor("li.si@corp", named, office.view(), NOW))
    assert "operator_unknown" == code(lambda: actor("svc", "", office.view(), NOW))
    assert "li.si" == actor("", "li.si", office.view(), NOW)
    assert "operator_other" == code(lambda: actor("wang.wu", "li.si", office.view(), NOW))


def test_a_file_is_taken_in_by_one_whose_term_is_over_but_by_nobody_suspended(
    office: Office,
) -> None:
    view = office.view()
    over = Instant(NOW + 36_500 * DAY)
    assert "operator_ended" == code(lambda: actor("li.si", "", view, over))
    assert "li.si" == bearer("li.si", "", view), "the way for emergencies stays open"
    gone = office.view(office.next_list(only("li.si", lambda e: ended(e, Status.SUSPENDED))))
    assert "operator_ended" == code(lambda: bearer("li.si", "", gone))


def test_a_file_is_taken_in_by_nobody_who_is_unknown_or_no_word(office: Office) -> None:
    assert "operator_unknown" == code(lambda: bearer("nobody", "", office.view()))
    assert "operator_other" == code(lambda: bearer("li.si", "wang.wu", office.view()))
    without = office.next_list(lambda e: None if isinstance(e.record, Operator) else e)
    assert "nobody" == bearer("nobody", "", office.view(without))
    assert "operator_format" == code(lambda: bearer("li si", "", office.view(without)))
