"""A register as octets: canonical JSON lines, one record a line, sections named by their SHA-256.

Rules of this file:
- One record has exactly one writing: keys sorted, no blanks, UTF-8, octets in base64. What is read
  must equal our own writing of it, or it is refused.
- A section is the records of one division's budget units, or `core`, the rest. A list names its
  sections by digest, so a section that has not changed is never sent again.
- An endorsement covers a record without its ending: a suspension does not undo it.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, replace
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from hub.errors import Malformed
from hub.parties import UNIT, Party, party
from hub.trust.model import (
    SORTS,
    PartyEntry,
    Record,
    Register,
    Registered,
    Status,
)

CORE: Final = "core"
SECTION_BYTES_MAX: Final = 1024 * 1024
"""A section travels whole, in one parcel with its list."""
_ENDORSED: Final = b"evx-trust-record-1\n"
_NAMES: Final = {sort: name for name, sort in SORTS.items()}
_FIELD: Final = dict(zip(SORTS, (field.name for field in fields(Register)), strict=True))
_ENDING: Final = {"status": Status.ACTIVE, "ended_at": None, "reason": ""}


def endorsed_octets(env: str, record: Record) -> bytes:
    """What a party signs to endorse a record: the environment and the record without its ending.

    So a suspension does not undo an endorsement, and none serves in another environment.

    Source: protocol rule 10.3; protocol rule 1.1
    """
    bare = replace(record, **_ENDING)  # type: ignore[arg-type]
    return _ENDORSED + env.encode() + b"\n" + _line(_plain(bare))


def write_section(records: Iterable[Registered]) -> bytes:
    """The records as canonical lines, in canonical order: the same records, the same octets.

    Source: protocol rule 10.1; protocol rule 2.5
    """
    lines = []
    for entry in records:
        plain = _plain(entry.record)
        if entry.endorsement:
            plain["endorser"] = entry.endorser.hex()
            plain["endorsement"] = base64.b64encode(entry.endorsement).decode()
        lines.append(_line(plain))
    return b"".join(line + b"\n" for line in sorted(lines))


def read_section(octets: bytes) -> list[Registered]:
    """Records of a section, in its order; endorsements are not judged.

    Raises:
        Malformed: `trust_section_form` when any octet differs from our own writing.

    Source: protocol rule 10.1; protocol rule 2.5
    """
    try:
        records = [_registered(json.loads(line)) for line in octets.splitlines()]
    except (ValueError, KeyError, TypeError, RecursionError, Malformed) as error:
        raise Malformed("trust_section_form") from error
    if write_section(records) != octets:
        raise Malformed("trust_section_form")
    return records


def sections(register: Register) -> Mapping[str, bytes]:
    """The register cut into named sections, each as octets, at most 1 MB where lines allow it.

    What has not changed keeps its octets, so that it is not sent again.

    Source: protocol rule 10.1
    """
    home = {
        entry.record.party: f"units-{entry.record.divisions[0]}"
        for entry in register.parties
        if isinstance(entry.record, PartyEntry) and entry.record.party.org_type == UNIT
    }
    cut: dict[str, list[Registered]] = {CORE: []}
    for entry in register:
        owner = entry.record.owner
        name = home.get(owner, CORE) if owner is not None else CORE
        cut.setdefault(name, []).append(entry)
    return {
        name: octets
        for section, records in sorted(cut.items())
        for name, octets in _bounded(section, write_section(records))
    }


def _bounded(name: str, octets: bytes) -> Iterable[tuple[str, bytes]]:
    """A section that is too large to travel is cut between its lines."""
    pieces: list[list[bytes]] = [[]]
    size = 0
    for line in octets.splitlines(keepends=True):
        if pieces[-1] and size + len(line) > SECTION_BYTES_MAX:
            pieces.append([])
            size = 0
        pieces[-1].append(line)
        size += len(line)
    for number, lines in enumerate(pieces, 1):
        yield name if number == 1 else f"{name}.{number}", b"".join(lines)


def read_register(octets: Iterable[bytes]) -> Register:
    """The register of all its sections; each record once.

    Raises:
        Malformed: `trust_section_form`; `trust_record_twice` when two records have one key.

    Source: protocol rule 10.1
    """
    found: dict[str, list[Registered]] = {name: [] for name in _FIELD.values()}
    seen: set[tuple[type[Record], str]] = set()
    for section in octets:
        for entry in read_section(section):
            key = (type(entry.record), entry.record.key)
            if key in seen:
                raise Malformed("trust_record_twice", sort=_NAMES[key[0]])
            seen.add(key)
            found[_FIELD[_NAMES[key[0]]]].append(entry)
    return Register(**{name: tuple(entries) for name, entries in found.items()})


def _line(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@cache
def _shape(name: str) -> dict[str, tuple[Any, Field[Any]]]:
    hints = get_type_hints(SORTS[name])
    return {field.name: (hints[field.name], field) for field in fields(SORTS[name])}


def _plain(record: Record) -> dict[str, Any]:
    """Fields that differ from their default, as JSON values, and the sort."""
    sort = _NAMES[type(record)]
    plain: dict[str, Any] = {"sort": sort}
    for name, (_, field) in _shape(sort).items():
        value = getattr(record, name)
        if field.default is MISSING or value != field.default:
            plain[name] = _out(value)
    return plain


def _out(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Party):
        return str(value)
    if isinstance(value, tuple):
        return [_out(item) for item in value]
    return value


def _registered(plain: dict[str, Any]) -> Registered:
    _typed(dict, plain)
    endorser = bytes.fromhex(plain.pop("endorser", ""))
    endorsement = _bytes(plain.pop("endorsement", ""))
    sort = _typed(str, plain.pop("sort"))
    shape = _shape(sort)
    values = {name: _in(shape[name][0], value) for name, value in plain.items()}
    return Registered(SORTS[sort](**values), endorser, endorsement)


def _in(kind: Any, value: Any) -> Any:  # noqa: ANN401 -- a type hint, a JSON value, a field's value
    if get_origin(kind) in (UnionType, Union):  # a NewType makes the older one
        return None if value is None else _in(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_in(get_args(kind)[0], item) for item in _typed(list, value))
    kind = getattr(kind, "__supertype__", kind)
    if kind is bytes:
        return _bytes(value)
    if kind is Party:
        return party(_typed(str, value))
    if issubclass(kind, StrEnum):
        return kind(value)
    return _typed(kind, value)


def _typed(kind: type, value: Any) -> Any:  # noqa: ANN401 -- checked here
    if type(value) is not kind:
        raise TypeError(kind.__name__)
    return value


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error
