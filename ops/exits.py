"""Exit codes: what a script may do about the end of a command or of a node's process."""

from enum import IntEnum
from typing import Final

from hub import errors


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    BUG = 1
    USAGE = 2
    MISCONFIGURED = 3
    NOT_FOUND = 4
    INVALID = 5
    BREAKS_OPEN = 6
    NOT_ACTIVE = 7
    UNAVAILABLE = 8
    DAMAGED = 9
    DRILL_MISSED = 10
    INDETERMINATE = 11
    OUTCOME_UNKNOWN = 12
    INTERRUPTED = 130


EXIT_OF: Final[tuple[tuple[type[errors.HubError], Exit], ...]] = (
    (errors.Rejection, Exit.INVALID),
    (errors.Held, Exit.INDETERMINATE),
    (errors.Unavailable, Exit.UNAVAILABLE),
    (errors.Unknown, Exit.OUTCOME_UNKNOWN),
    (errors.NotOurs, Exit.NOT_ACTIVE),
    (errors.Misconfigured, Exit.MISCONFIGURED),
    (errors.Damaged, Exit.DAMAGED),
    (errors.StoreDamaged, Exit.DAMAGED),
)

NOT_FOUND_CODES: Final = frozenset(
    {
        "alarm_unknown",
        "archive_unknown",
        "base_missing",
        "break_unknown",
        "catalogue_release_unknown",
        "channel_unknown",
        "conflict_unknown",
        "division_unknown",
        "file_missing",
        "letter_unknown",
        "parked_unknown",
        "party_unknown",
        "peer_unknown",
        "set_unknown",
        "settings_missing",
        "voucher_missing",
    }
)
"""What the command line named does not exist; its own exit code, whatever the class. What settings
name and is not there is MISCONFIGURED."""

WRITTEN_CODES: Final = frozenset(
    {
        "day_format",
        "evidence_of_what",
        "identity_format",
        "instant_format",
        "operator_format",
        "outcome_which",
        "period_reversed",
        "reason_format",
        "value_format",
    }
)
"""A word of the command line is not written as it must be, or contradicts another: INVALID,
whatever the class. What this node's settings do not allow, however it is asked, is MISCONFIGURED.
"""


def exit_of(error: errors.HubError) -> Exit:
    """The exit code that tells a script what it may do about an error."""
    if error.code in NOT_FOUND_CODES:
        return Exit.NOT_FOUND
    if error.code in WRITTEN_CODES:
        return Exit.INVALID
    return next((code for kind, code in EXIT_OF if isinstance(error, kind)), Exit.BUG)
