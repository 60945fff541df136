"""Golden files of a catalogue release: octets that were valid once and stay valid for ever.

`python -m tests.support.golden` adds the files of a *new* release; it never rewrites one.

    release-<n>.json   bodies of every kind and layer
    sealed-<n>.json    a whole sealed message, with the public trust that it is verified on
    forms-<n>.json     every field of every kind, as it was when the release was first written down
    catalogue-<n>/     the release itself, as soon as a newer one is shipped: copy the folder
                       schemas/catalogue here before its number goes up
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from hub.voucher import seal
from hub.voucher.catalogue import Catalogue, FieldRule, Presence
from hub.voucher.forms import write
from hub.voucher.model import LayerType
from hub.voucher.schema import Schemas
from schemas import catalogue_files
from tests.support.samples import a_body, a_layer
from tests.support.sealed import ENV, NOW, a_draft, a_draft_above, a_house, schemas
from tests.support.wire_vectors import registered_row

FOLDER: Final = Path(__file__).parents[1] / "unit/voucher/golden"
SAMPLES: Final = 2


def path_of(release: int) -> Path:
    return FOLDER / f"release-{release}.json"


def sealed_path_of(release: int) -> Path:
    return FOLDER / f"sealed-{release}.json"


def forms_path_of(release: int) -> Path:
    return FOLDER / f"forms-{release}.json"


@cache
def schemas_of(release: int) -> Schemas:
    """A release as it was: the shipped one, or the folder kept of an older one."""
    if release == schemas().catalogue.release:
        return schemas()
    kept = Schemas(catalogue_files.load(ENV, FOLDER / f"catalogue-{release}"))
    assert release == kept.catalogue.release
    return kept


def bodies(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """(`<kind>.<layer>.<n>`, body) for every kind and layer: some fields, then all of them."""
    for code, kind in sorted(catalogue.kinds.items()):
        for n in range(SAMPLES):
            lowest = a_body(kind, n, rows=2 if kind.detail else 0, full=bool(n))
            for layer in kind.layers:
                on_top = layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}
                body = a_layer(kind, layer, lowest, n) if on_top else lowest
                yield f"{code}.{layer}.{n}", write(kind, layer, body).decode()


def marked(rules: tuple[FieldRule, ...]) -> str:
    """`Name*` is mandatory, `Name` is not; `R:` stands before what only the receipt says."""
    return " ".join(
        ("R:" if rule.presence.startswith("receipt") else "")
        + rule.name
        + ("*" if rule.presence in {Presence.MANDATORY, Presence.RECEIPT} else "")
        for rule in rules
    )


def forms(catalogue: Catalogue) -> dict[str, Any]:
    """The fields of every kind in order, and what each of them may hold."""
    kinds = sorted(catalogue.kinds.items())
    rules = {rule.name: rule for _, kind in kinds for rule in (*kind.header, *kind.detail)}
    return {
        "kinds": {code: [marked(kind.header), marked(kind.detail)] for code, kind in kinds},
        "fields": {name: [rule.pattern, rule.length_max] for name, rule in rules.items()},
    }


def sealed() -> dict[str, Any]:
    """A receipt on its original, sealed in the national suite by keys that nobody keeps."""
    house, draft = a_house("sm2-sm3"), a_draft(full=True, rows=2)
    order = seal(draft, house.positions(draft), house.ground(), at=NOW)
    answer = a_draft_above(order, LayerType.RECEIPT)
    receipt = seal(answer, house.positions(answer), house.ground(), at=NOW)
    return {
        "suite": house.suite.name, "env": ENV, "at_ms": NOW, "cat": draft.cat,
        "layer_id": str(receipt.top.id), "octets": receipt.octets.decode(),
        "anchors_hex": [one.hex() for one in house.trust.roots],
        "seals": [registered_row(row) for row in house.trust.seals.values()],
    }  # fmt: skip


def main() -> None:
    catalogue = catalogue_files.load(ENV)
    made: dict[Path, Callable[[], dict[str, Any]]] = {
        path_of(catalogue.release): lambda: dict(bodies(catalogue)),
        sealed_path_of(catalogue.release): sealed,
        forms_path_of(catalogue.release): lambda: forms(catalogue),
    }
    for path, make in made.items():
        if not path.exists():
            text = json.dumps(make(), ensure_ascii=False, indent=0, sort_keys=True)
            path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
