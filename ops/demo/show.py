"""What a kept day shows a person: a few messages as sent, what verification says, three pages.

Read from the stores after the day; the voucher library alone examines and draws, as
`hubctl voucher verify` and `hubctl voucher page` would. Everything here holds names and accounts.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.clearing.model import LineState
from hub.clock import Clock
from hub.desks.elements import PAYMENTS
from hub.parties import NodeId, Party
from hub.voucher.model import LayerType
from hub.voucher.report import Report
from ops.alone_wiring import alone
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, TREASURY_NODE

LINES: Final = 200
"""Lines looked at for one that fits."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One message: octets as sent, its verification report, and a page where one is shown."""

    name: str
    octets: bytes
    report: Report
    page: bytes | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    node: NodeId
    holders: tuple[Party, ...]
    kinds: tuple[str, ...]
    states: tuple[LineState, ...]
    layer: LayerType
    page: bool


def leave(found: Iterable[Exhibit], folder: Path) -> list[str]:
    """Write every exhibit: NAME.xml, NAME.report.json, NAME.report.txt, NAME.pdf; their names."""
    folder.mkdir()
    names: list[str] = []
    for one in found:
        told = json.dumps(one.report.as_json(), ensure_ascii=False, indent=2)
        files = {
            f"{one.name}.xml": one.octets,
            f"{one.name}.report.json": f"{told}\n".encode(),
            f"{one.name}.report.txt": f"{one.report.as_text()}\n".encode(),
        }
        if one.page is not None:
            files[f"{one.name}.pdf"] = one.page
        for name, octets in files.items():
            (folder / name).write_bytes(octets)
        names += files
    return names


def exhibits(site: Site, forged: bytes, clock: Clock) -> Iterator[Exhibit]:
    """The day's examples; what did not happen on a small day is left out."""
    library = alone(site.root / "pki", clock)
    for wanted in _wanted(site):
        octets = _octets(site, wanted)
        if octets is not None:
            page = library.page(octets) if wanted.page else None
            yield Exhibit(wanted.name, octets, library.examine(octets), page)
    if forged:
        yield Exhibit("forged-seal", forged, library.examine(forged), None)


def _wanted(site: Site) -> list[_Wanted]:
    finances = tuple(division.finance for division in site.town.divisions)
    units = tuple(unit.party for division in site.town.divisions for unit in division.units)
    treasury = (site.town.treasury,)
    paid, cleared = (LineState.PAID,), (LineState.CLEARED,)
    receipt = LayerType.RECEIPT
    return [
        _Wanted("5201-receipt", BUREAU_NODE, finances, ("5201",), paid, receipt, page=True),
        _Wanted("8202-receipt", BUREAU_NODE, units, ("8202",), paid, receipt, page=True),
        _Wanted("2301-settled", TREASURY_NODE, treasury, ("2301",), cleared, receipt, page=True),
        _Wanted(
            "returned", BUREAU_NODE, (*finances, *units), PAYMENTS, (LineState.RETURNED,),
            LayerType.RETURN, page=False,
        ),
        _Wanted(
            "recalled", BUREAU_NODE, (*finances, *units), PAYMENTS, (LineState.RECALLED,),
            LayerType.RECALL, page=False,
        ),
    ]  # fmt: skip


def _octets(site: Site, wanted: _Wanted) -> bytes | None:
    """The first message of this kind that carries the layer, from the party's own store."""
    with closing(site.store(wanted.node)) as store, store.read() as tx:
        for holder in wanted.holders:
            for line in tx.lines_in(str(holder), wanted.kinds, wanted.states, LINES):
                found = _layer(tx, line.voucher_id, wanted.layer)
                if found is not None:
                    return found
    return None


def _layer(tx: Any, voucher_id: str, layer: LayerType) -> bytes | None:  # noqa: ANN401 - a view
    for row in tx.layers_of(voucher_id):
        if row.layer == layer:
            octets: bytes = tx.messages([row.message_digest])[row.message_digest]
            return octets
    return None
