"""Golden bodies of a catalogue release: octets that were valid once and stay valid for ever.

`python -m tests.support.golden` adds the file of a *new* release; it never rewrites one.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from hub.voucher.catalogue import Catalogue
from hub.voucher.forms import write
from hub.voucher.model import LayerType
from ops import catalogue_files
from tests.support.samples import a_body, a_layer

FOLDER = Path(__file__).parents[1] / "unit/voucher/golden"
SAMPLES = 2


def path_of(release: int) -> Path:
    return FOLDER / f"release-{release}.json"


def bodies(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """(`<kind>.<layer>.<n>`, body) for every kind and layer: some fields, then all of them."""
    for code, kind in sorted(catalogue.kinds.items()):
        for n in range(SAMPLES):
            lowest = a_body(kind, n, rows=2 if kind.detail else 0, full=bool(n))
            for layer in kind.layers:
                on_top = layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}
                body = a_layer(kind, layer, lowest, n) if on_top else lowest
                yield f"{code}.{layer}.{n}", write(kind, layer, body).decode()


def main() -> None:
    catalogue = catalogue_files.load("sd-test")
    path = path_of(catalogue.release)
    if path.exists():
        sys.exit(f"{path} stands: a released catalogue is never edited")
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(dict(bodies(catalogue)), ensure_ascii=False, indent=0, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
