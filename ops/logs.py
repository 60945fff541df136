"""Log lines: facts as JSON on standard error, one line each; nothing else writes logs.

A fact carries only allowed fields (hub.observer), so no name, account or amount can reach a log.
"""

import sys
from typing import Final

import structlog

from hub.observer import Fact, Observer

QUIET: Final = frozenset({"recorded", "duplicate"})
"""Told by metrics; a line each would be a line per voucher."""


def logging_observer(node: str, process: str) -> Observer:
    """An observer that writes facts of one process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logger = structlog.get_logger().bind(node=node, process=process)

    def observe(fact: Fact) -> None:
        if fact.name not in QUIET:
            fields = {f"of_{k}" if k == "node" else k: v for k, v in fact.fields.items()}
            logger.info(fact.name, **fields)

    return observe
