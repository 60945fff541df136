"""Options that every guarded act has, and what they mean together."""

from pathlib import Path
from typing import Annotated

import typer

from hub.errors import Misconfigured
from hub.trust.operators import Act
from ops.cli.output import Pairs, Report
from ops.guarded import Consent, write_act

Proposal = Annotated[Path | None, typer.Option("--proposal", help="One operator's signature file.")]
Approval = Annotated[Path | None, typer.Option("--approval", help="Another's signature file.")]
Typed = Annotated[str, typer.Option("--type", help="This node's name, on development.")]
Written = Annotated[
    Path | None, typer.Option("--write-act", help="Only write the exact act down, to be signed.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Really do it.")]


def consent(proposal: Path | None, approval: Path | None, typed: str, *, yes: bool) -> Consent:
    """What was given.

    Raises:
        Misconfigured: `not_confirmed`.
    """
    if not yes:
        raise Misconfigured("not_confirmed")
    return Consent(proposal, approval, typed)


def written(act: Act, path: Path) -> Report:
    """The act as a file for `hubctl operator propose` and `approve`."""
    write_act(path, act)
    data = {"act": act.name, "digest": act.digest.hex(), "file": str(path)}
    return Report("act.written", data, [Pairs("Written, not done", list(data.items()))])
