"""Field lists of the catalogue: `Name*`, `Name`, `R Name*`, `R Name`, `@group`, `@group?`.

`*` is mandatory; `R` stands for fields that only the receipt fills; a group brings its fields with
their own presence, with `?` all of them optional. A name that comes again changes the presence
where it first stood. Types resolve here to pattern and length, so that a rule stands alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.errors import Misconfigured
from hub.voucher.catalogue import FieldRule, Presence

_ENTRY: Final = re.compile(r"(R )?(@?)([A-Za-z_][A-Za-z0-9_]*)([*?]?)\Z", re.ASCII)
_FIELD: Final = re.compile(r"([a-z0-9_]+)(?:\(([0-9]{1,5})\))? (.+)\Z", re.ASCII)
_PRESENCE: Final = {
    (False, True): Presence.MANDATORY,
    (False, False): Presence.OPTIONAL,
    (True, True): Presence.RECEIPT,
    (True, False): Presence.RECEIPT_OPTIONAL,
}
_OPTIONAL: Final = {
    Presence.MANDATORY: Presence.OPTIONAL,
    Presence.RECEIPT: Presence.RECEIPT_OPTIONAL,
}
_DEPTH_MAX: Final = 5
_CLASS: Final = re.compile(r"\[\^?(?:\\[tnr.\\\-\[\]/]|[^\[\]\\^<>&])+\]")
_REST: Final = re.compile(
    r"(?:[0-9A-Za-z_/:=#|]|\\[.\-+*?]|\((?!\?)|[)-]|[+*?](?![+*?])|\{[0-9,]+\})*\Z"
)


class FieldLists:
    """The dictionary of fields and groups, and the rules made from it.

    Source: protocol rule 13.3; catalogue of kinds
    """

    def __init__(
        self,
        types: Mapping[str, Mapping[str, Any]],
        fields: Mapping[str, str],
        groups: Mapping[str, Sequence[str]],
    ) -> None:
        self._types = types
        self._fields = fields
        self._groups = groups
        self._made: dict[tuple[str, Presence], FieldRule] = {}
        """A field stands in many kinds: its rule is made once."""

    def rules(self, entries: Sequence[str], where: str) -> tuple[FieldRule, ...]:
        """The rules of one list, in its order.

        Raises:
            Misconfigured: `catalogue_field_unknown`, `catalogue_group_unknown`,
                `catalogue_type_unknown`, `catalogue_field_invalid`.
        """
        presence: dict[str, Presence] = {}
        self._expand(entries, presence, where, 0)
        made = self._made
        for key in presence.items():
            if key not in made:
                made[key] = self._rule(*key, where)
        return tuple([made[key] for key in presence.items()])

    def _expand(
        self, entries: Sequence[str], into: dict[str, Presence], where: str, depth: int
    ) -> None:
        for entry in entries:
            match = _ENTRY.match(entry)
            if match is None or depth > _DEPTH_MAX:
                raise Misconfigured("catalogue_field_invalid", where=f"{where}.{entry}")
            receipt, group, name, mark = match.groups()
            if not group:
                into[name] = _PRESENCE[bool(receipt), mark == "*"]
                continue
            if name not in self._groups:
                raise Misconfigured("catalogue_group_unknown", where=f"{where}.{name}")
            inner: dict[str, Presence] = {}
            self._expand(self._groups[name], inner, where, depth + 1)
            for field, there in inner.items():
                into[field] = _OPTIONAL.get(there, there) if mark == "?" else there

    def _rule(self, name: str, presence: Presence, where: str) -> FieldRule:
        said = _FIELD.match(self._fields.get(name, ""))
        if said is None:
            raise Misconfigured("catalogue_field_unknown", where=f"{where}.{name}")
        kind, length, name_zh = said.groups()
        data_type = self._types.get(kind)
        if data_type is None:
            raise Misconfigured("catalogue_type_unknown", where=f"fields.{name}")
        pattern, longest = data_type.get("pattern"), data_type.get("max")
        if not isinstance(pattern, str) or not isinstance(longest, int) or longest < 1:
            raise Misconfigured("catalogue_type_unknown", where=f"types.{kind}")
        if not _is_common(pattern):
            raise Misconfigured("catalogue_type_unknown", where=f"types.{kind}")
        return FieldRule(name, kind, presence, int(length or longest), name_zh, pattern)


def _is_common(pattern: str) -> bool:
    """Whether XSD and Python read a pattern alike, and no value can hold `<`, `>` or `&`.

    Classes, groups, alternatives and counts of explicit characters; no dot, named class, anchor,
    look-around, lazy or possessive counts. `[^…]` may exclude; the reader excludes markup itself.
    """
    try:
        re.compile(pattern, re.ASCII)
    except re.error:
        return False
    return _REST.match(_CLASS.sub("#", pattern)) is not None
