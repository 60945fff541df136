"""Makes the offline verifier: one Python file with every module of ours that judging needs.

Rules:
- The very modules that judge messages here go in, found by following their imports; nothing is
  copied or rewritten, so there is no second verifier that could differ.
- Of foreign code only plain Python goes in: asn1crypto, and of pybase64 what works without its
  compiled part. `cryptography` and `lxml` must be installed where the file runs.
- The same sources give the same octets.
"""

import ast
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import asn1crypto
import pybase64

ROOT: Final = Path(__file__).parents[2]
START: Final = "ops.evidence.offline"
OURS: Final = frozenset({"hub", "keys", "ops", "schemas"})
FOREIGN: Final = (asn1crypto, pybase64)
MAIN: Final = b"import sys\n\nfrom ops.evidence.offline import main\n\nsys.exit(main())\n"
SHEBANG: Final = b"#!/usr/bin/env python3\n"
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def verifier() -> bytes:
    """The octets of `verify.pyz`."""
    found = {"__main__.py": MAIN}
    for module in sorted(modules()):
        path = _path(module)
        found[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    for foreign in FOREIGN:
        name = foreign.__name__
        for path in sorted(Path(str(foreign.__file__)).parent.glob("*.py")):
            found[f"{name}/{path.name}"] = path.read_bytes()
        found[f"{name}/LICENSE"] = _licence(name).encode()
    out = io.BytesIO(SHEBANG)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(found):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, found[name])
    return out.getvalue()


def modules() -> set[str]:
    """Our modules that the verifier needs, packages included."""
    found: set[str] = set()
    waiting = [START]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        waiting += [name for name in _named(module) if name not in found]
    return found


def _licence(of: str) -> str:
    found = distribution(of).files or ()
    paths = [path for path in found if path.name.upper().startswith("LICEN")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _named(module: str) -> Iterator[str]:
    package = module.rpartition(".")[0]
    if package:
        yield package
    for node in ast.walk(ast.parse(_path(module).read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (n for n in names if n.partition(".")[0] in OURS and _exists(n))


def _exists(module: str) -> bool:
    return _path(module).is_file()


def _path(module: str) -> Path:
    place = ROOT.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
