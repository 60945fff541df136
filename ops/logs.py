"""Log lines: facts as JSON on standard error, one line each; nothing else writes logs.

A fact carries only allowed fields (hub.observer), so no name, account or amount can reach a log.
The end of a process is a line too: an error with its advice, a fault with its kind and the places
in the program it went through, never with the values that stood there.
What libraries would log by themselves is dropped: it follows no such list.
A line that cannot be written, as when the disk is full, is lost and counted, and the process lives:
the first line that can be written again is followed by how many were lost.
"""

import json
import logging
import sys
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TextIO, cast

import structlog

from hub.errors import HubError
from hub.observer import Fact, Observer
from ops.advice import advice

QUIET: Final = frozenset({"recorded", "duplicate"})
"""Told by metrics; a line each would be a line per voucher."""


class LossyLog:
    """A text file whose lines may be lost, never the process that writes them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lost = 0

    def write(self, line: str) -> None:
        """Write a line now, or count it."""
        try:
            self._put(line)
        except OSError:
            self._lost += 1
            return
        if self._lost:
            told = {"count": self._lost, "event": "log_lines_lost", "level": "warning"}
            self._lost = 0
            self.write(json.dumps(told) + "\n")

    def flush(self) -> None:
        """Every line is written at once."""

    def _put(self, line: str) -> None:
        self._file.write(line)
        self._file.flush()


def logging_observer(node: str, process: str) -> Observer:
    """An observer that writes facts of one process."""
    logger = _logger(node=node, process=process)

    def observe(fact: Fact) -> None:
        if fact.name not in QUIET:
            fields = {f"of_{k}" if k == "node" else k: v for k, v in fact.fields.items()}
            logger.info(fact.name, **fields)

    return observe


def log_end(process: str, error: BaseException) -> None:
    """Write why a process ends."""
    logger = _logger(process=process)
    if isinstance(error, HubError):
        known = advice(error.code)
        told = {"why": known.why, "do": known.do} if known else {}
        logger.error("process_ended", code=error.code, what=str(error), **told)
    else:
        kind = type(error).__name__
        logger.error("program_fault", kind=kind, at=_places(error.__traceback__))


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in extract_tb(trace)]


def _logger(**bound: str) -> Any:  # noqa: ANN401 - structlog's own looseness
    logging.getLogger().addHandler(logging.NullHandler())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", LossyLog(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger().bind(**bound)
