"""A catalogue release from parsed data: types, fields, groups, seal sets, kinds, overlays.

Rules of this file:
- Data comes as the TOML files under schemas/catalogue give it, merged into one mapping; nothing is
  read here. Whatever is wrong in it is `Misconfigured`, with `where` the wrong thing stands.
- A kind may be `like` another one and say only what differs; an overlay of a division, a year, or
  both does the same with the base's kind of that code. `disabled = true` takes a kind away there.
- Overlays are laid year first, then division, then both, and merged at once, so that look-up
  stays a look-up.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeGuard

from hub.errors import Misconfigured
from hub.parties import FINANCE, HUB, TREASURY, UNIT
from hub.voucher.catalogue import Catalogue, Equal, Equation, Kind, Position, Presence, Sign
from hub.voucher.fieldlist import FieldLists
from hub.voucher.model import LayerType
from hub.voucher.tables import Table, entries, get, laid_over, resolved, strings, tables_of

_ANSWERED: Final = (Presence.RECEIPT, Presence.RECEIPT_OPTIONAL)
_ORG_TYPES: Final = {"finance": FINANCE, "treasury": TREASURY, "unit": UNIT, "hub": HUB}
_CLASSES: Final = ("urgent", "online", "batch")
_DETAIL_SIGN: Final = {Sign.ZERO: Sign.ANY, Sign.NONZERO: Sign.ANY}
_KEYS: Final = frozenset(
    {
        "like",
        "disabled",
        "name",
        "en",
        "from",
        "to",
        "copies",
        "replies",
        "header",
        "detail",
        "header_more",
        "detail_more",
        "amount",
        "detail_amount",
        "sign",
        "detail_sign",
        "receipt_amount",
        "receipt_detail_amount",
        "equal",
        "equations",
        "count",
        "pack",
        "document",
        "seals",
        "class",
        "body_bytes_max",
        "retention_years",
        "certain",
        "details_min",
        "details_max",
    }
)


def catalogue_from(data: Table, *, env: str, release: int | None = None) -> Catalogue:
    """The catalogue of one environment.

    Args:
        data: `types`, `fields`, `groups`, `seals`, `defaults`, `pack`, `kind`, `number`, and
            `overlay`: a list of tables with `division`, `year` or both, and `kind`.
        env: the environment the release is for.
        release: its number; the data's own when not given.

    Raises:
        Misconfigured: `catalogue_value_invalid`, `catalogue_overlay_invalid`,
            `catalogue_seals_unknown`, `catalogue_rule_invalid`, `catalogue_kind_unknown`, and what
            `FieldLists.rules` raises; each says where the wrong thing stands.

    Source: protocol rule 13.1; protocol rule 13.2; protocol rule 10.7
    """
    builder = _Builder(data)
    base = tables_of(data, "kind")
    kinds = {code: builder.kind(code, base) for code in base}
    if any(kind is None for kind in kinds.values()):
        raise Misconfigured("catalogue_value_invalid", where="kind.disabled")
    number = data.get("number") if release is None else release
    if not isinstance(number, int) or number < 1:
        raise Misconfigured("catalogue_value_invalid", where="number")
    return Catalogue(
        release=number,
        env=env,
        kinds={code: kind for code, kind in kinds.items() if kind is not None},
        overlays=_overlays(builder, base, data),
    )


def _overlays(
    builder: "_Builder", base: Mapping[str, Table], data: Table
) -> dict[tuple[str, str, str], Kind | None]:
    given: dict[tuple[str, str], dict[str, Table]] = {}
    overlays = get(data, "overlay", list, "overlays", default=[])
    for overlay in overlays:
        if not isinstance(overlay, Mapping):
            raise Misconfigured("catalogue_overlay_invalid", where="overlay")
        scope = (str(overlay.get("division", "")), str(overlay.get("year", "")))
        if scope == ("", "") or scope in given:
            raise Misconfigured("catalogue_overlay_invalid", where=f"overlay.{'.'.join(scope)}")
        given[scope] = dict(tables_of(overlay, "kind"))
    divisions = {division for division, _ in given if division}
    years = {year for _, year in given if year}
    wanted = set(given) | {(division, year) for division in divisions for year in years}
    merged: dict[tuple[str, str, str], Kind | None] = {}
    for division, year in sorted(wanted):
        below = [("", year), (division, ""), (division, year)]
        layers = [given[scope] for scope in dict.fromkeys(below) if scope in given]
        tables = laid_over(base, layers)
        for code in sorted({code for layer in layers for code in layer}):
            merged[division, year, code] = builder.kind(code, tables)
    return merged


class _Builder:
    """Makes kinds from tables; the shared parts are read once."""

    def __init__(self, data: Table) -> None:
        self._defaults = get(data, "defaults", dict, "release", default={})
        self._pack = get(data, "pack", dict, "release", default={})
        self._seals = get(data, "seals", dict, "seals", default={})
        fields = get(data, "fields", dict, "fields", default={})
        groups = get(data, "groups", dict, "groups", default={})
        self._lists = FieldLists(
            tables_of(data, "types"),
            {name: str(said) for name, said in fields.items()},
            {name: strings(groups, name, "groups") for name in groups},
        )

    def kind(self, code: str, tables: Mapping[str, Table]) -> Kind | None:
        """The kind, with everything it is like; None where it is disabled."""
        where = f"kind.{code}"
        own = resolved(code, tables, ())
        if own.get("disabled", False):
            return None
        table = {**self._defaults, **(self._pack if own.get("pack") else {}), **own}
        if not isinstance(own.get("seals", {}), dict):
            raise Misconfigured("catalogue_seals_unknown", where=f"{where}.seals")
        if unknown := sorted(set(table) - _KEYS):
            raise Misconfigured("catalogue_value_invalid", where=f"{where}.{unknown[0]}")
        issuers = _org_types(table, "from", where)
        receivers = _org_types(table, "to", where)
        document = get(table, "document", bool, where, default=False)
        replies = () if document else _replies(table, where)
        sign = _sign(table.get("sign"), where)
        header = self._lists.rules(entries(table, "header", where), f"{where}.header")
        detail = self._lists.rules(entries(table, "detail", where), f"{where}.detail")
        detail_sign = _sign(table.get("detail_sign", _DETAIL_SIGN.get(sign, sign)), where)
        kind = Kind(
            code=code,
            name_zh=get(table, "name", str, where),
            name_en=get(table, "en", str, where),
            issuers=issuers,
            receivers=receivers,
            copies=_org_types(table, "copies", where),
            replies=replies,
            header=header,
            detail=detail,
            amount=get(table, "amount", str, where, default=""),
            detail_amount=get(table, "detail_amount", str, where, default=""),
            sign=sign,
            positions=self._positions(table, where, replies, issuers, receivers),
            body_bytes_max=get(table, "body_bytes_max", int, where),
            message_class=get(table, "class", str, where),
            retention_years=get(table, "retention_years", int, where),
            certain=get(table, "certain", bool, where),
            details_max=get(table, "details_max", int, where),
            details_min=get(table, "details_min", int, where),
            detail_sign=detail_sign,
            receipt_amount=get(table, "receipt_amount", str, where, default=""),
            receipt_detail_amount=get(table, "receipt_detail_amount", str, where, default=""),
            equal=tuple(_equal(text) for text in strings(table, "equal", where)),
            equations=tuple(_equation(text, where) for text in strings(table, "equations", where)),
            count=get(table, "count", str, where, default=""),
            pack=tuple(strings(table, "pack", where)),
        )
        _checked(kind, where)
        return replace(kind, details_min=0) if not detail else kind

    def _positions(
        self,
        table: Table,
        where: str,
        replies: tuple[LayerType, ...],
        issuers: tuple[str, ...],
        receivers: tuple[str, ...],
    ) -> dict[LayerType, tuple[Position, ...]]:
        named: Table = table.get("seals", {})
        lowest = LayerType.DOCUMENT if table.get("document") else LayerType.ORIGINAL
        positions: dict[LayerType, tuple[Position, ...]] = {}
        for layer in (lowest, *replies):
            rows = self._seals.get(str(named.get(layer.value, layer.value)))
            if not _is_seal_set(rows):
                raise Misconfigured("catalogue_seals_unknown", where=f"{where}.seals.{layer}")
            own = {"issuers": issuers, "receivers": receivers}
            positions[layer] = tuple(
                Position(
                    name=get(row, "name", str, where),
                    name_zh=get(row, "zh", str, where),
                    org_types=tuple(
                        dict.fromkeys(
                            org
                            for who in strings(row, "by", where)
                            for org in own.get(who) or (_org(who, where),)
                        )
                    ),
                    required=get(row, "required", bool, where),
                )
                for row in rows
            )
        return positions


def _is_seal_set(rows: object) -> TypeGuard[list[Table]]:
    """A list of tables, the first of which is required: it names the issuer."""
    return (
        isinstance(rows, list)
        and bool(rows)
        and all(isinstance(row, Mapping) for row in rows)
        and rows[0].get("required") is True
    )


def _org(word: str, where: str) -> str:
    if word in {"bank", "any"}:
        return word
    if word not in _ORG_TYPES:
        raise Misconfigured("catalogue_value_invalid", where=f"{where}.by")
    return _ORG_TYPES[word]


def _org_types(table: Table, key: str, where: str) -> tuple[str, ...]:
    return tuple(_org(word, f"{where}.{key}") for word in strings(table, key, where))


def _replies(table: Table, where: str) -> tuple[LayerType, ...]:
    allowed = (LayerType.RECEIPT, LayerType.RETURN, LayerType.RECALL)
    named = strings(table, "replies", where)
    replies = tuple(layer for layer in allowed if layer.value in named)
    if len(replies) != len(named):
        raise Misconfigured("catalogue_value_invalid", where=f"{where}.replies")
    return replies


def _sign(word: object, where: str) -> Sign:
    try:
        return Sign(str(word))
    except ValueError:
        raise Misconfigured("catalogue_value_invalid", where=f"{where}.sign") from None


def _equal(text: str) -> Equal:
    detail, _, header = (part.strip() for part in text.partition("="))
    return Equal(detail, header or detail)


def _equation(text: str, where: str) -> Equation:
    """`PreDateMoney + ClearAmt - CurReckMoney = CurDateMoney`, prefixed `row:` for details."""
    on_detail = text.startswith("row:")
    total, _, terms = text.removeprefix("row:").partition("=")
    words = terms.replace("+", " + ").replace("-", " - ").split()
    plus: list[str] = []
    minus: list[str] = []
    adding = True
    for word in words:
        if word in "+-":
            adding = word == "+"
        else:
            (plus if adding else minus).append(word)
    if not total.strip() or not plus:
        raise Misconfigured("catalogue_rule_invalid", where=f"{where}.equations")
    return Equation(total.strip(), tuple(plus), tuple(minus), on_detail)


def _checked(kind: Kind, where: str) -> None:
    header = {rule.name for rule in kind.header}
    detail = {rule.name for rule in kind.detail}
    named = (
        (kind.amount, header),
        (kind.count, header),
        (kind.receipt_amount, header),
        (kind.detail_amount, detail),
        (kind.receipt_detail_amount, detail),
        *((rule.header, header) for rule in kind.equal),
        *((rule.detail, detail) for rule in kind.equal),
        *(
            (name, detail if rule.on_detail else header)
            for rule in kind.equations
            for name in (rule.total, *rule.plus, *rule.minus)
        ),
        *((name, header) for name in kind.pack),
    )
    for name, there in named:
        if name and name not in there:
            raise Misconfigured("catalogue_rule_invalid", where=f"{where}.{name}")
    _readable(kind, where)
    if len(kind.pack) not in {0, 2} or not kind.header:
        raise Misconfigured("catalogue_value_invalid", where=f"{where}.pack")
    bad = not kind.issuers or not kind.receivers or kind.message_class not in _CLASSES
    if bad or kind.body_bytes_max < 1 or not 0 <= kind.details_min <= kind.details_max:
        raise Misconfigured("catalogue_value_invalid", where=where)


def _readable(kind: Kind, where: str) -> None:
    """What rules compute with is a number where they read it, and answered rows have an Id."""
    header = {rule.name: rule for rule in kind.header}
    detail = {rule.name: rule for rule in kind.detail}
    sums = {header[name] for name in (kind.amount, kind.receipt_amount) if name}
    sums |= {detail[name] for name in (kind.detail_amount, kind.receipt_detail_amount) if name}
    for rule in kind.equations:
        there = detail if rule.on_detail else header
        sums |= {there[name] for name in (rule.total, *rule.plus, *rule.minus)}
    counts = {header[name] for name in (kind.count, *kind.pack) if name}
    packed = {header[name] for name in kind.pack}
    answered = {rule.presence for rule in kind.detail} & set(_ANSWERED)
    named = detail.get("Id")
    for wrong in (
        *(rule.name for rule in sums if rule.type != "amount"),
        *(rule.name for rule in counts if rule.type != "count"),
        *(rule.name for rule in packed if rule.presence is not Presence.MANDATORY),
    ):
        raise Misconfigured("catalogue_rule_invalid", where=f"{where}.{wrong}")
    if answered and (named is None or named.presence is not Presence.MANDATORY):
        raise Misconfigured("catalogue_rule_invalid", where=f"{where}.Id")
