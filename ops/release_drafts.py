"""Drawing up the next catalogue release and having it sealed by two pinned parties.

    <draft>/draft.json              number, dates, issuer, files, the seals that are there
    <draft>/sections/<sha256>       the files, as the release names them
    <draft>/entitlements.records    what parties may seal besides, for the next trust list, if any
    <draft>/release-000002.xml      with the second seal on it: for `hubctl catalogue import`

Rules of this file: the draft is judged before anybody seals it, as every node will judge it; the
number in `release.toml` is written here, so that the files say the number they are released under.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.parties import Party, party
from hub.trust.entitlement import from_catalogue
from hub.trust.keeping import newest
from hub.trust.model import PartyEntry, Registered, TrustList
from hub.trust.pinned import Head, ListGround
from hub.trust.ports import Kept, KeptState
from hub.trust.release_keeping import judge
from hub.trust.releasing import file_name, publish_release
from hub.voucher.catalogue import Catalogue
from hub.voucher.ports import SealMaker
from keys.enrolment import write_additions
from keys.folders import new_folder, read, write_public
from ops.two_seals import put_next
from schemas.catalogue_files import FOLDERS, PARTS, compiled

DRAFT: Final = "draft.json"
RECORDS: Final = "entitlements.records"
_NUMBER: Final = re.compile(rb"^number\s*=\s*[0-9]+", re.MULTILINE)
FILES_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next release is to be."""

    effective_at: Instant
    expires_at: Instant
    issuer: Party
    """The pinned party that seals first."""
    files: Mapping[str, bytes]
    """By name, all of them; the number in `release.toml` is not looked at."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draft that stands in its folder."""

    number: int
    changes: Mapping[str, str]
    """Kind → added, changed, gone."""
    records: int
    """Entitlements that the trust list in force lacks."""


def changed(
    files: Mapping[str, bytes], folders: Sequence[Path], without: Sequence[str]
) -> dict[str, bytes]:
    """Files with those of folders in the place of others of their name, and without some.

    A folder is laid out as a catalogue's: `fields.toml`, `kinds/ours.toml`, `overlays/…`.

    Raises:
        Misconfigured: `catalogue_file_name`, `catalogue_file_unknown`, `catalogue_unreadable`.
    """
    found = dict(files)
    for folder in folders:
        paths = [folder / f"{part}.toml" for part in PARTS]
        paths += [path for name in FOLDERS for path in sorted((folder / name).glob("*.toml"))]
        there = [path for path in paths if path.is_file()]
        if not there:
            raise Misconfigured("catalogue_unreadable", where=folder.name)
        for path in there:
            name = path.name if path.parent == folder else f"{path.parent.name}.{path.name}"
            if not file_name(name):
                raise Misconfigured("catalogue_file_name", file=name)
            found[name] = read(path, "catalogue_unreadable")
    for text in without:
        name = text.replace("/", ".", 1)
        if found.pop(name, None) is None:
            raise Misconfigured("catalogue_file_unknown", file=name)
    return found


def draw_up(
    rows: Sequence[Kept],
    old: Catalogue,
    plan: Plan,
    ground: ListGround,
    trust: TrustList,
    out: Path,
) -> Drawn:
    """Write the release after the newest of `rows`, whose catalogue is `old`, into a new folder.

    Raises:
        SealUntrusted, Misconfigured: as every node will judge it; `folder_exists`;
            `trust_issuer_not_pinned`.
    """
    if plan.issuer not in {pin.party for pin in ground.pins}:
        raise Misconfigured("trust_issuer_not_pinned", party=str(plan.issuer))
    last = newest(rows)
    number = last.number + 1 if last is not None else 1
    files = _numbered(plan.files, number)
    catalogue = compiled(files, ground.env)
    row = Kept(
        b"", number, KeptState.WAITING, "", plan.effective_at, plan.effective_at,
        plan.expires_at, plan.effective_at,
    )  # fmt: skip
    judge(row, catalogue, last, old)
    new_folder(out)
    new_folder(out / "sections")
    for octets in files.values():
        write_public(out / "sections" / _sha(octets), octets)
    records = missing_records(catalogue, trust, ground)
    if records:
        write_additions(out / RECORDS, records)
    head = {
        "env": ground.env, "number": number, "effective_at": plan.effective_at,
        "expires_at": plan.expires_at, "issuer": str(plan.issuer), "release": old.release,
        "files": {name: _sha(octets) for name, octets in files.items()}, "seals": [],
    }  # fmt: skip
    _write(out, head)
    return Drawn(number, changes(old, catalogue), len(records))


def put_seal(folder: Path, by: Party, maker: SealMaker, ground: ListGround, at: Instant) -> Path:
    """Put the next seal on a draft; the draft's file, or the finished release's after the second.

    Raises:
        Misconfigured: `catalogue_draft_unreadable`.
        RuleBroken: `trust_draft_order`.
        Rejection: the seal does not hold.
        CustodyDown: the key cannot be used now.
    """
    head = _read(folder)
    sizes = {name: len(_section(folder, digest)) for name, digest in head["files"].items()}
    drawn = Head(
        head["env"], head["number"], Instant(head["effective_at"]), Instant(head["expires_at"]),
        head["files"],
    )  # fmt: skip
    draft = publish_release(drawn, sizes, party(head["issuer"]), head["release"])
    seal, message = put_next(draft, head["seals"], by, maker, ground, at)
    head["seals"].append(seal)
    _write(folder, head)
    if message is None:
        return folder / DRAFT
    finished = folder / f"release-{drawn.number:06d}.xml"
    write_public(finished, message)
    return finished


def changes(old: Catalogue, new: Catalogue) -> dict[str, str]:
    """Kind → added, changed or gone; a kind of a division or year with it: `5201@310000`."""
    before, after = _kinds(old), _kinds(new)
    told = {}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            said = "added" if name not in before else "gone" if name not in after else "changed"
            told[name] = said
    return told


def missing_records(
    catalogue: Catalogue, trust: TrustList, ground: ListGround
) -> tuple[Registered, ...]:
    """Entitlements that follow from a catalogue and are not in the list."""
    known = {entry.record.key for entry in trust.register.entitlements}
    parties = [
        entry.record.party
        for entry in trust.register.parties
        if isinstance(entry.record, PartyEntry)
    ]
    wanted = from_catalogue(catalogue, parties, [pin.party for pin in ground.pins])
    return tuple(Registered(one, b"", b"") for one in wanted if one.key not in known)


def _kinds(catalogue: Catalogue) -> dict[str, object]:
    found: dict[str, object] = dict(catalogue.kinds)
    for (division, year, code), kind in catalogue.overlays.items():
        found[f"{code}@{division}/{year}".rstrip("/")] = kind or "disabled"
    return found


def _numbered(files: Mapping[str, bytes], number: int) -> dict[str, bytes]:
    line = f"number = {number}".encode()
    octets, count = _NUMBER.subn(line, files.get("release.toml", b""), count=1)
    if not count:
        raise Misconfigured("catalogue_unreadable", where="release.toml")
    if len(files) > FILES_MAX:
        raise Misconfigured("catalogue_file_name", count=len(files))
    return {**files, "release.toml": octets}


def _section(folder: Path, digest: str) -> bytes:
    octets = read(folder / "sections" / digest, "catalogue_release_file_missing")
    if _sha(octets) != digest:
        raise Misconfigured("catalogue_draft_unreadable", reason="section")
    return octets


def _sha(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _read(folder: Path) -> dict[str, Any]:
    try:
        head: dict[str, Any] = json.loads(read(folder / DRAFT, "catalogue_draft_unreadable"))
        int(head["number"]), list(head["seals"]), dict(head["files"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Misconfigured("catalogue_draft_unreadable", reason=type(error).__name__) from error
    return head


def _write(folder: Path, head: Mapping[str, object]) -> None:
    write_public(folder / DRAFT, json.dumps(head, indent=1).encode() + b"\n")
