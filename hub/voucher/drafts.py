"""A draft as a JSON file: what is to be sealed, written by a person or a program.

    {"schema": 1, "env", "cat", "kind", "division", "year", "number", "issuer", "layer", "party",
     "to": [...], "fields": {...}, "details": [{...}], "attachments": [{name, digest, length}]}

Pure. A draft is only a wish: the catalogue's schema and rules judge it when it is sealed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from hub.errors import Malformed
from hub.parties import party
from hub.voucher.catalogue import FieldRule, Presence
from hub.voucher.forms import FLAG, Form
from hub.voucher.model import Attachment, Body, Draft, LayerId, LayerType, Voucher, VoucherId

SCHEMA: Final = 1
BYTES_MAX: Final = 8 * 1024 * 1024
IDENTITY: Final = {
    "AdmDivCode": "division", "StYear": "year", "VtCode": "kind", "VoucherNo": "number",
}  # fmt: skip
T = TypeVar("T")


def blank(
    layer: LayerId, cat: int, to: tuple[str, ...], form: Form, given: Mapping[str, str]
) -> Draft:
    """A draft with every mandatory field: given, known from the identity, or left empty.

    Rows take what they share with the header; a field that is given is there, mandatory or not.
    `form` is the kind's on this layer; `to` are parties' texts, or `*`.

    Source: catalogue of kinds; protocol rule 13.3
    """
    voucher = layer.voucher
    known = {name: str(getattr(voucher, attribute)) for name, attribute in IDENTITY.items()}
    known |= {"Id": f"{voucher.kind}-{voucher.number}"[:60], **given}
    fields = _mandatory(form.header, known)
    fields |= {rule.name: given[rule.name] for rule in form.header if rule.name in given}
    shared = known | {rule.detail: fields.get(rule.header, "") for rule in form.kind.equal}
    rows = [
        _mandatory(form.detail, {**shared, "Id": str(number)})
        for number in range(1, form.rows_min + 1)
    ]
    return Draft(layer, cat, to, Body(fields, tuple(rows) if form.detail else ()))


def rows_of(draft: Draft, below: Voucher, form: Form) -> Draft:
    """The draft of an answer with one row for each row below, where its form has rows.

    Source: protocol rule 2.1; protocol rule 13.3
    """
    if not form.detail:
        return draft
    rows = tuple(
        _mandatory(form.detail, {**draft.body.fields, "Id": row.get("Id", "")})
        for row in below.original.content.details
    )
    return replace(draft, body=replace(draft.body, details=rows), below=below)


def missing(draft: Draft) -> list[str]:
    """Names of the fields that are still empty; rows as `Detail[1].PayAmt`.

    Source: protocol rule 13.3
    """
    body = draft.body
    return [name for name, value in body.fields.items() if not value] + [
        f"Detail[{number}].{name}"
        for number, row in enumerate(body.details, 1)
        for name, value in row.items()
        if not value
    ]


def write(draft: Draft) -> bytes:
    """The draft's file: UTF-8, indented, in the order a person reads it; `read` gives it back.

    Source: protocol rule 2.12; protocol rule 13.3
    """
    voucher, body = draft.id.voucher, draft.body
    plain = {
        "schema": SCHEMA, "env": voucher.env, "cat": draft.cat, "kind": voucher.kind,
        "division": voucher.division, "year": voucher.year, "number": voucher.number,
        "issuer": str(voucher.issuer), "layer": str(draft.id.layer), "party": str(draft.id.party),
        "to": list(draft.to), "fields": dict(body.fields),
        "details": [dict(row) for row in body.details],
        "attachments": [
            {"name": a.name, "digest": a.digest, "length": a.length} for a in body.attachments
        ],
    }  # fmt: skip
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def octets(plain: object) -> bytes:
    """A draft's JSON value as its file.

    Source: protocol rule 2.12
    """
    return json.dumps(plain, ensure_ascii=False).encode()


def read(octets: bytes, below: Voucher | None = None) -> Draft:
    """The draft of a file, on top of `below` when it is a receipt, return or recall.

    Nothing is judged but the file's form, each name once; schema and rules judge when it is sealed.
    The octets are UTF-8 and nothing else (`json` alone would guess); a mark before them, as some
    editors write it, is passed over.

    Raises:
        Malformed: `draft_encoding`, `draft_form` with the member's name, `party_format`.

    Source: protocol rule 2.12; protocol rule 13.3
    """
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("draft_encoding") from None
    if "\0" in text:  # UTF-16 without a mark, and plain letters in it
        raise Malformed("draft_encoding")
    try:
        plain = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Malformed("draft_form", member="json") from None
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        raise Malformed("draft_form", member="schema")
    words = {name: _text(plain, name) for name in ("env", "kind", "division", "year", "number")}
    issuer, acting = party(_text(plain, "issuer")), party(_text(plain, "party"))
    layer = _member(plain, "layer", LayerType)
    return Draft(
        LayerId(VoucherId(issuer=issuer, **words), layer, acting),
        _member(plain, "cat", _whole),
        _member(plain, "to", lambda value: tuple(_string(part) for part in _listed(value))),
        Body(
            _member(plain, "fields", _table),
            _member(plain, "details", lambda value: tuple(_table(row) for row in _listed(value))),
            _member(
                plain, "attachments", lambda value: tuple(_file(one) for one in _listed(value))
            ),
        ),
        below,
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table; of a name that stands twice nobody could say which value its author has seen."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError
    return table


def _mandatory(rules: tuple[FieldRule, ...], known: Mapping[str, str]) -> dict[str, str]:
    return {
        rule.name: known.get(rule.name, "")
        for rule in rules
        if rule.presence is Presence.MANDATORY and rule.name != FLAG
    }


def _member(plain: Mapping[str, Any], name: str, read_as: Callable[[Any], T]) -> T:
    try:
        return read_as(plain[name])
    except (KeyError, TypeError, ValueError):
        raise Malformed("draft_form", member=name) from None


def _text(plain: Mapping[str, Any], name: str) -> str:
    return _member(plain, name, _string)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _table(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {_string(name): _string(text) for name, text in value.items()}


def _file(value: Any) -> Attachment:  # noqa: ANN401 - a JSON value, checked here
    return Attachment(_string(value["name"]), _string(value["digest"]), _whole(value["length"]))
