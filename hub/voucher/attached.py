"""Files that a voucher lists as attachments, compared with what is sealed: digest and length.

A file belongs to a voucher when a body of it lists the file's SHA-256 and length, whatever the file
is called now. The seals are over the body, so what holds for the message holds for such a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.errors import Malformed
from hub.voucher import xml
from hub.voucher.codec import open_message
from hub.voucher.indication import FAILED, NOT_DONE, PASSED, Check, conclude
from hub.voucher.report import Report

CHECK: Final = "attachment"


@dataclass(frozen=True, slots=True)
class Given:
    """A file that somebody has."""

    digest: str
    """SHA-256, lower-case hex."""
    length: int
    """Octets."""


def with_attachments(report: Report, octets: bytes, files: Sequence[Given]) -> Report:
    """The report of a message with one more check for each attachment and each other file.

    A listed one that was not given is `not_done` and fails nothing; a file that no layer lists
    fails with `attachment_differs`. A message that cannot be read keeps its report. Never raises
    for content. Required: `octets` are those the report is of; `files` have digests in hex and
    lengths in octets.

    Source: protocol rule 2.13; protocol rule 12.2
    """
    try:
        listed = [
            (str(layer.type), Given(item.digest, item.length))
            for layer in open_message(octets).layers
            for item in xml.content(layer.body).attachments
        ]
    except Malformed:
        return report
    checks = [
        _check(layer, one, PASSED) if one in files else _check(layer, one, NOT_DONE)
        for layer, one in listed
    ]
    known = [one for _, one in listed]
    checks += [_check("", one, FAILED) for one in files if one not in known]
    together = (*report.checks, *checks)
    indication, sub_indication = conclude(together)
    return replace(
        report, indication=indication, sub_indication=sub_indication, checks=together
    )  # fmt: skip


def _check(layer: str, file: Given, result: str) -> Check:
    level, evidence = {
        PASSED: ("fail", ""),
        NOT_DONE: ("inform", "attachment_not_given"),
        FAILED: ("fail", "attachment_differs"),
    }[result]
    return Check(layer, file.digest[:16], CHECK, level, result, evidence)
