"""`hubctl` run in this process, for machines or for people."""

import io
import json
from pathlib import Path
from typing import Any

from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen


def run(*argv: str | Path, expect: Exit | None = Exit.DONE) -> dict[str, Any]:
    """What the command says; `expect`: its end, None: any."""
    out, err = io.StringIO(), io.StringIO()
    code = hubctl.run([*map(str, argv), "--json"], Screen(out, err, chinese=False))
    assert expect in {None, code}, out.getvalue() + err.getvalue()
    said = json.loads(out.getvalue())
    assert isinstance(said, dict)
    return said


def shown(*argv: str | Path) -> str:
    """What a person reads, however it ends."""
    out = io.StringIO()
    hubctl.run([*map(str, argv)], Screen(out, io.StringIO(), chinese=False))
    return out.getvalue()
