"""One line, figures after the bar, exit 0 to 3: what a monitoring plug-in has to say."""

from hub.errors import Misconfigured, StoreDown
from ops.cli import nagios
from ops.look.checks import Finding, Result
from ops.said import Said

FINE = Finding("store", Result.OK, Said("opens", ""))
AWAY = Finding(
    "peers", Result.WARN, Said("1 of 2 present", ""), Said("ask", ""), ("peers_away=1;0;;0;2",)
)
FULL = Finding(
    "disk",
    Result.FAIL,
    Said("3% free | x", ""),
    Said("make room", ""),
    ("disk_free=3%;15:;5:;0;100",),
)


def test_the_worst_comes_first_and_decides_the_exit_code() -> None:
    report = nagios.checks([FINE, AWAY, FULL])
    line = (
        "EVX CRITICAL - disk: 3% free / x; peers: 1 of 2 present"
        " | peers_away=1;0;;0;2 disk_free=3%;15:;5:;0;100"
    )
    assert ([line], 2) == (list(report.blocks), int(report.exit))
    assert 1 == int(nagios.checks([AWAY, FINE]).exit)


def test_a_node_without_trouble_is_ok() -> None:
    report = nagios.checks([FINE])
    assert (["EVX OK - 1 check"], 0) == (list(report.blocks), int(report.exit))


def test_what_cannot_be_looked_at_is_unknown_and_what_is_away_is_critical() -> None:
    assert 3 == int(nagios.unlooked(Misconfigured("settings_missing")).exit)
    report = nagios.unlooked(StoreDown("store_away"))
    assert (["EVX CRITICAL - store_away"], 2) == (list(report.blocks), int(report.exit))
