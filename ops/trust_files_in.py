"""Taking trust lists and CRLs in from files, as `hubctl trust import` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.trust.listing import LIST
from hub.trust.pinned import named
from keys.crl_sources import fetch
from keys.folders import read
from ops.wiring import Parts


@dataclass(frozen=True, slots=True)
class Taken:
    """How many were given, and the number in force afterwards."""

    lists: int
    crls: int
    number: int


def take_in(parts: Parts, files: Sequence[Path]) -> Taken:
    """Take in each file in order.

    Raises:
        Misconfigured: `trust_list_missing`, `trust_section_missing`.
        TargetDown: `crl_unreachable`.
        Rejection, Held: what does not hold, or cannot be decided yet; those before it are taken.
    """
    parts.view(parts.fence.trust_state)
    crls = [path for path in files if path.suffix == ".crl"]
    lists = [path for path in files if path.suffix != ".crl"]
    for path in lists:
        message = read(path, "trust_list_missing")
        sections = path.parent / "sections"
        names = named(LIST, message).values()
        found = [read(sections / name, "trust_section_missing") for name in names]
        parts.keeping.take(message, found)
    for path in crls:
        parts.trust_source.take_crl(fetch(str(path)))
    with parts.store.read() as tx:
        return Taken(len(lists), len(crls), tx.trust_number())
