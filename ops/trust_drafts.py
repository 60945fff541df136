"""Drawing up the next trust list and having it sealed by two pinned parties, one after the other.

    <draft>/draft.json     number, dates, release, issuer, the seals that are there
    <draft>/sections/…     the register, as the list names it
    <draft>/list-000002.xml    when the second seal is on it: `hubctl trust import` takes that

Rules of this file: the draft is judged before anybody seals it, as every node will judge it; a seal
is put on exactly what the folder says, so that two people in two places seal the same octets.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.parties import Party, party
from hub.trust.listing import LIST, publish
from hub.trust.model import Registered, TrustList
from hub.trust.pinned import ListGround, named
from hub.trust.register import read_register, read_section
from hub.trust.revise import Ending, revised
from hub.trust.rules import Change, accept
from hub.voucher.ports import SealMaker
from keys.folders import new_folder, read, write_public
from ops.two_seals import put_next

DRAFT: Final = "draft.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next list is to be."""

    effective_at: Instant
    expires_at: Instant
    issuer: Party
    """The pinned party that seals first."""
    endings: tuple[Ending, ...] = ()
    additions: tuple[Registered, ...] = ()


def read_additions(paths: Sequence[Path]) -> tuple[Registered, ...]:
    """Endorsed records, as `keys enrol` and `trust rotate` write them.

    Raises:
        Misconfigured: `trust_additions_missing`.
        Malformed: `trust_section_form`.
    """
    return tuple(
        entry for path in paths for entry in read_section(read(path, "trust_additions_missing"))
    )


def draw_up(
    current: TrustList, plan: Plan, ground: ListGround, release: int, out: Path
) -> list[Change]:
    """Write the next list into the new folder `out`; what it changes.

    Raises:
        RuleBroken, SealUntrusted, Malformed: as `revised` and `accept` say: nobody may seal it.
        Misconfigured: `folder_exists`; `trust_issuer_not_pinned`.
    """
    pinned = {pin.party for pin in ground.pins}
    if plan.issuer not in pinned:
        raise Misconfigured("trust_issuer_not_pinned", party=str(plan.issuer))
    drawn = revised(
        current, effective_at=plan.effective_at, expires_at=plan.expires_at,
        endings=plan.endings, additions=plan.additions,
    )  # fmt: skip
    changes = accept(
        current, drawn, env=ground.env, at=plan.effective_at, sealed_by=pinned,
        suites=ground.suites,
    )  # fmt: skip
    _, sections = publish(drawn, plan.issuer, release)
    new_folder(out)
    new_folder(out / "sections")
    for digest, octets in sections.items():
        write_public(out / "sections" / digest, octets)
    head = {
        "env": drawn.env, "number": drawn.number, "effective_at": drawn.effective_at,
        "expires_at": drawn.expires_at, "issuer": str(plan.issuer), "release": release,
        "sections": sorted(sections), "seals": [],
    }  # fmt: skip
    _write(out, head)
    return changes


def put_seal(folder: Path, by: Party, maker: SealMaker, ground: ListGround, at: Instant) -> Path:
    """Put the next seal on a draft; the draft's file, or the finished list's after the second.

    Raises:
        Misconfigured: `trust_draft_unreadable`.
        RuleBroken: `trust_draft_order`: the issuer seals first, another pinned party second.
        Rejection: the seal does not hold.
        CustodyDown: the key cannot be used now.
    """
    head = _read(folder)
    drawn = _drawn(folder, head)
    issuer = party(head["issuer"])
    draft, _ = publish(drawn, issuer, head["release"])
    seal, message = put_next(draft, head["seals"], by, maker, ground, at)
    head["seals"].append(seal)
    if message is None:
        _write(folder, head)
        return folder / DRAFT
    finished = folder / f"list-{drawn.number:06d}.xml"
    sealed = sorted(named(LIST, message).values())
    assert sealed == head["sections"], "the sections are what was sealed"
    write_public(finished, message)
    _write(folder, head)
    return finished


def _drawn(folder: Path, head: dict[str, Any]) -> TrustList:
    parts = [read(folder / "sections" / name, "trust_section_missing") for name in head["sections"]]
    for name, octets in zip(head["sections"], parts, strict=True):
        if hashlib.sha256(octets).hexdigest() != name:
            raise Misconfigured("trust_draft_unreadable", reason="section")
    return TrustList(
        head["env"], head["number"], Instant(head["effective_at"]), Instant(head["expires_at"]),
        read_register(parts),
    )  # fmt: skip


def _read(folder: Path) -> dict[str, Any]:
    try:
        head: dict[str, Any] = json.loads(read(folder / DRAFT, "trust_draft_unreadable"))
        int(head["number"]), list(head["seals"]), list(head["sections"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Misconfigured("trust_draft_unreadable", reason=type(error).__name__) from error
    return head


def _write(folder: Path, head: dict[str, Any]) -> None:
    write_public(folder / DRAFT, json.dumps(head, indent=1).encode() + b"\n")
