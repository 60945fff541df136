"""`hubctl keys`: keys, certificates and seals."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured
from ops.cli.command import noun, verb
from ops.cli.output import Pairs, Report
from ops.clock import SystemClock
from ops.dev_ceremony import make

app: Final = noun("keys", "Keys, certificates, seals.")


@verb(app, "ceremony")
def ceremony(
    out: Annotated[Path, typer.Argument(help="A new folder.", metavar="FOLDER")],
    *,
    dev: Annotated[bool, typer.Option("--dev", help="A development site, nothing real.")] = False,
    env: Annotated[str, typer.Option(help="Name of the environment.")] = "dev",
    suite: Annotated[str, typer.Option(help="sm2-sm3 or p256-sha256.")] = "sm2-sm3",
) -> Report:
    """Make all keys, seals and the first trust list of a development site.

    Example: hubctl keys ceremony --dev var/site
    """
    if not dev:
        raise Misconfigured("ceremony_for_development")
    made = make(out, env, suite, SystemClock())
    counts = {
        "parties": len(made.trust.register.parties),
        "seals": len(made.trust.register.seals),
        "node_keys": len(made.trust.register.node_keys),
    }
    told = [("folder", out), ("environment", env), *counts.items(), ("suite", suite)]
    return Report(
        "keys.ceremony",
        {"folder": str(out), "env": env, "suite": suite, "trust_list": made.trust.number, **counts},
        [Pairs("", told), f"trust list {made.trust.number} is in force; keys are for development"],
    )
