"""A node's checks as a monitoring plug-in tells them: one line, performance data, exit 0 to 3.

These exit codes are the plug-ins' own, and mean other things elsewhere in `hubctl`: 0 OK,
1 WARNING, 2 CRITICAL, 3 UNKNOWN. What went wrong stands first, the figures after the bar.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hub.errors import HubError, Unavailable
from ops.cli.output import Exit, Report, counted
from ops.look.checks import Finding, Result

WORDS: Final[Mapping[Result, str]] = {
    Result.OK: "OK",
    Result.WARN: "WARNING",
    Result.FAIL: "CRITICAL",
}
ORDER: Final = (Result.FAIL, Result.WARN, Result.OK)
CODES: Final[Mapping[str, int]] = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


def checks(found: Sequence[Finding]) -> Report:
    """The worst level, what is not right, and all figures."""
    worst = next(
        level for level in ORDER if level is Result.OK or level in {f.level for f in found}
    )
    wrong = [
        f"{f.name}: {f.said.english}" for level in ORDER[:2] for f in found if f.level is level
    ]
    told = "; ".join(wrong) or counted(len(found), "check")
    figures = " ".join(figure for finding in found for figure in finding.performance)
    return _line(WORDS[worst], told, figures)


def unlooked(error: HubError) -> Report:
    """The node could not be looked at: somebody is away, or the settings cannot work."""
    return _line("CRITICAL" if isinstance(error, Unavailable) else "UNKNOWN", str(error), "")


def _line(word: str, told: str, figures: str) -> Report:
    plain = " ".join(told.replace("|", "/").split())
    line = f"EVX {word} - {plain}" + (f" | {figures}" if figures else "")
    return Report("check", {"state": word, "line": line}, [line], Exit(CODES[word]))
