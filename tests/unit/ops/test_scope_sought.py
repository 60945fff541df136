"""What a store looks for on behalf of an operator is what the operator may see."""

import pytest

from hub.exchange.sought import ANY
from ops.scope import WHOLE, Scope


@pytest.mark.parametrize("division", ["370100", "3701", "370101", "370200", "110000"])
@pytest.mark.parametrize("patterns", [("370100",), ("3701*",), ("3702*", "110000"), ()])
def test_what_is_sought_is_what_is_seen(patterns: tuple[str, ...], division: str) -> None:
    scope, name = Scope("zhao.yi", patterns), f"town/{division}/2026/5201/011.{division}/1"
    assert scope.sees(name) is scope.sought("town").meets(name)


def test_who_sees_everything_asks_for_nothing_in_particular() -> None:
    assert ANY == WHOLE.sought("town") == Scope("zhao.yi", ("3701", "*")).sought("town")
