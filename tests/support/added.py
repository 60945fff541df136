"""Kinds that were added since the reference was written down, each with two samples beside it.

The tables of the tests hold the catalogue against the domain reference. A kind that the reference
does not know stands in none of them: it brings `<kind>.<layer>.xml` instead, two at least, one of
them the original, in tests/unit/voucher/added (a second of one layer: `<kind>.<layer>.2.xml`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hub.voucher.model import LayerType

FOLDER: Final = Path(__file__).parents[1] / "unit/voucher/added"
SAMPLES: Final = 2
_NAME: Final = re.compile(r"([0-9A-Z]{4})\.([a-z]+)(\.[0-9])?\.xml")


def samples(folder: Path = FOLDER) -> Iterator[tuple[str, LayerType, bytes]]:
    """Kind, layer and body of every sample; a line feed at the end is the editor's."""
    for path in sorted(folder.glob("*.xml")):
        named = _NAME.fullmatch(path.name)
        assert named is not None, path.name
        yield named[1], LayerType(named[2]), path.read_bytes().removesuffix(b"\n")


def added(folder: Path = FOLDER) -> frozenset[str]:
    """Kinds with enough samples; one with fewer has to stand in the tables."""
    found = [(code, layer) for code, layer, _ in samples(folder)]
    return frozenset(
        code
        for code, layer in found
        if layer is LayerType.ORIGINAL and sum(one == code for one, _ in found) >= SAMPLES
    )
