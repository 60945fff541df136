"""`hubctl run`: a node in the foreground, until SIGTERM or Ctrl-C."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cli.output import Report, Said
from ops.node import keep


def run(
    config: Annotated[Path, typer.Option(help="The node's settings.")] = Path("hub.toml"),
    override: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting as key=value, instead of the file's; often."),
    ] = None,
) -> Report:
    """Run a node: keeper, dispatcher and workers; stop it with SIGTERM or Ctrl-C.

    Example: hubctl run --config hub.toml
    """
    keep(config, override or ())
    return Report(
        "run", {"stopped": True}, [Said("the node has stopped in order", "节点已正常停止")]
    )
