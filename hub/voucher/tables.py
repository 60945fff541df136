"""Checked values out of parsed data, and tables that are like others or laid over them."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from hub.errors import Misconfigured

T = TypeVar("T")
Table = Mapping[str, Any]
"""A parsed TOML table; every value is checked before it is believed."""


def get(table: Table, key: str, kind: type[T], where: str, *, default: T | None = None) -> T:
    """The value under a key, of the type it must have.

    Raises:
        Misconfigured: `catalogue_value_invalid`.

    Source: protocol rule 13.1
    """
    value = table.get(key, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Misconfigured("catalogue_value_invalid", where=f"{where}.{key}")
    return value


def strings(table: Table, key: str, where: str) -> list[str]:
    """The list of strings under a key; empty when it is not there.

    Raises:
        Misconfigured: `catalogue_value_invalid`.

    Source: protocol rule 13.1
    """
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise Misconfigured("catalogue_value_invalid", where=f"{where}.{key}")
    return entries


def tables_of(data: Table, key: str) -> Mapping[str, Table]:
    """The tables under a key, by name; empty when it is not there.

    Raises:
        Misconfigured: `catalogue_value_invalid`.

    Source: protocol rule 13.1
    """
    tables = data.get(key, {})
    if not isinstance(tables, Mapping) or not all(isinstance(t, Mapping) for t in tables.values()):
        raise Misconfigured("catalogue_value_invalid", where=key)
    return tables


def entries(table: Table, part: str, where: str) -> list[str]:
    """The entries of `header` or `detail`, with those of `…_more` behind.

    Raises:
        Misconfigured: `catalogue_value_invalid`.

    Source: protocol rule 13.3
    """
    return [*strings(table, part, where), *strings(table, f"{part}_more", where)]


def resolved(code: str, tables: Mapping[str, Table], seen: tuple[str, ...]) -> dict[str, Any]:
    """A kind's table with everything it is like; `certain` and `disabled` are its own.

    Raises:
        Misconfigured: `catalogue_kind_unknown` where it is like something that is not there, or
            like itself; `catalogue_value_invalid`.

    Source: protocol rule 13.1; protocol rule 13.2
    """
    table = tables.get(code)
    if table is None or code in seen:
        raise Misconfigured("catalogue_kind_unknown", where=f"kind.{(*seen, code)[0]}.like")
    if "like" not in table:
        return dict(table)
    lower = resolved(str(table["like"]), tables, (*seen, code))
    own = {key: value for key, value in table.items() if key != "like"}
    for part in ("header", "detail"):
        more = f"{part}_more"
        if part not in own:
            own[part] = entries(lower, part, f"kind.{code}")
        lower.pop(more, None)
    lower.pop("certain", None)
    lower.pop("disabled", None)
    return _over(lower, own)


def laid_over(base: Mapping[str, Table], layers: Iterable[Mapping[str, Table]]) -> dict[str, Table]:
    """The base's tables with layers of overlays on them, the last one winning key by key.

    Raises:
        Misconfigured: `catalogue_value_invalid` for a `…_more` that is no list of strings.

    Source: protocol rule 13.2
    """
    tables = dict(base)
    for layer in layers:
        for code, table in layer.items():
            own = dict(table)
            if code in tables and "like" not in own:
                lower = tables[code]
                for part in ("header", "detail"):
                    if own.get(f"{part}_more") and part not in own:
                        own[f"{part}_more"] = [
                            *strings(lower, f"{part}_more", code),
                            *strings(own, f"{part}_more", code),
                        ]
                own = _over(lower, own)
            tables[code] = own
    return tables


def _over(lower: Table, own: Table) -> dict[str, Any]:
    """Own values win key by key; in `seals`, layer by layer."""
    merged = {**lower, **own}
    both = [table.get("seals") for table in (lower, own)]
    if all(isinstance(seals, dict) for seals in both):
        merged["seals"] = {**lower["seals"], **own["seals"]}
    return merged
