"""Options that every guarded act has, and what they mean together.

A verb is guarded when it takes `guard: Guard`: it hands back `guard.written(act)` where there is
one, else it does the act with `guard.consent()`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import Misconfigured
from hub.trust.operators import Act
from ops.cli.output import Pairs, Report
from ops.cli.placing import writes
from ops.guarded import Consent, write_act


@dataclass(frozen=True, slots=True)
class Guard:
    """What was given with a guarded act."""

    proposal: Annotated[
        Path | None, typer.Option("--proposal", help="One operator's signature file.")
    ] = None
    approval: Annotated[
        Path | None, typer.Option("--approval", help="Another's signature file.")
    ] = None
    typed: Annotated[str, typer.Option("--type", help="This node's name, on development.")] = ""
    write_act: Annotated[
        Path | None,
        writes("Only write the exact act down, to be signed", ".json", option="--write-act"),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False

    def consent(self) -> Consent:
        """What allows the act.

        Raises:
            Misconfigured: `not_confirmed`.
        """
        if not self.yes:
            raise Misconfigured("not_confirmed")
        return Consent(self.proposal, self.approval, self.typed)

    def written(self, act: Act) -> Report | None:
        """The act as a file for `hubctl operator propose` and `approve`; None: it is to be done."""
        if self.write_act is None:
            return None
        write_act(self.write_act, act)
        data = {"act": act.name, "digest": act.digest.hex(), "file": str(self.write_act)}
        return Report("act.written", data, [Pairs("Written, not done", list(data.items()))])
