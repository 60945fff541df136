"""Writes schemas/xsd/<code>.<layer>.xsd, return.xsd and recall.xsd from the catalogue as shipped.

`python -m ops.generate_xsd`. A test proves that the checked-in files are in
step; run this after a change of the catalogue.
"""

from collections.abc import Mapping
from pathlib import Path

from hub.voucher.catalogue import Catalogue
from hub.voucher.model import LayerType
from hub.voucher.xsd import xsd
from schemas import catalogue_files


def generated(catalogue: Catalogue) -> Mapping[str, bytes]:
    """File name → octets, for every base kind; returns and recalls are the same for all kinds."""
    alike = (LayerType.RETURN, LayerType.RECALL)
    files: dict[str, bytes] = {}
    for code, kind in sorted(catalogue.kinds.items()):
        for layer in kind.layers:
            files[f"{layer}.xsd" if layer in alike else f"{code}.{layer}.xsd"] = xsd(kind, layer)
    return files


def write(folder: Path) -> int:
    """Make the folder hold exactly the generated files; how many there are."""
    files = generated(catalogue_files.load("generated"))
    folder.mkdir(exist_ok=True)
    for stale in set(folder.glob("*.xsd")) - {folder / name for name in files}:
        stale.unlink()
    for name, octets in files.items():
        (folder / name).write_bytes(octets)
    return len(files)


if __name__ == "__main__":
    write(catalogue_files.shipped().parent / "xsd")
