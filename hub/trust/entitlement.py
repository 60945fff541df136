"""Entitlements that follow from a catalogue: each organisation type where its kinds let it stand.

Rules of this file:
- One entitlement per (organisation type, kind, layer); the position is the catalogue's to check.
- `any` in the catalogue means every party, except for trust lists and catalogue releases: these
  are for the pinned parties alone.
"""

from collections.abc import Iterable

from hub.parties import Party
from hub.trust.model import LIST_KIND, RELEASE_KIND, Entitlement
from hub.voucher.catalogue import Catalogue, Kind


def from_catalogue(
    catalogue: Catalogue, parties: Iterable[Party], pinned: Iterable[Party]
) -> tuple[Entitlement, ...]:
    """What the parties of an environment may seal under this release, sorted; each once.

    `pinned` alone get trust lists and catalogue releases.

    Source: protocol rule 10.8; protocol rule 10.2; protocol rule 13.1
    """
    kinds = [*catalogue.kinds.values(), *filter(None, catalogue.overlays.values())]
    samples = {party.org_type: party for party in sorted(parties, reverse=True)}
    found = {
        Entitlement(party=pattern, kind=kind.code, layer=str(layer), position="*")
        for kind in kinds
        if kind.code not in (LIST_KIND, RELEASE_KIND)
        for layer, positions in kind.positions.items()
        for pattern in _patterns(kind, samples, [org for p in positions for org in p.org_types])
    }
    found |= {
        Entitlement(party=str(party), kind=code, layer="document", position="*")
        for party in pinned
        for code in (LIST_KIND, RELEASE_KIND)
    }
    return tuple(sorted(found, key=lambda one: one.key))


def _patterns(kind: Kind, samples: dict[str, Party], org_types: list[str]) -> set[str]:
    if "any" in org_types:
        return {"*"}
    assert org_types, f"a layer of {kind.code} has a position"
    return {
        f"{org_type}.*"
        for org_type, party in samples.items()
        if org_type in org_types or ("bank" in org_types and party.is_bank)
    }
