"""`hubctl keys`: keys, certificates and seals."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured
from ops.cli.command import noun, verb
from ops.cli.options import Passphrase, Site, values_of
from ops.cli.output import Pairs, Report, Said
from ops.clock import SystemClock
from ops.dev_ceremony import make
from ops.signer import serve

app: Final = noun("keys")


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
        [
            Pairs("", told),
            Said(
                f"trust list {made.trust.number} is in force; keys are for development",
                f"现行信任清单第 {made.trust.number} 号；密钥仅供开发",
            ),
        ],
    )


@verb(app, "serve-signer")
def serve_signer(
    site: Site,
    tls: Annotated[Path, typer.Option(help="Folder: tls.cer, tls-key.pem, tls-ca.cer.")],
    client: Annotated[list[str], typer.Option(help="NODE=PARTY, as finance=011.370100; often.")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.", min=1, max=65535)] = 8443,
    passphrase: Passphrase = None,
) -> Report:
    """Sign for nodes that keep no keys, over mutual TLS, until it is interrupted.

    Example: hubctl keys serve-signer --site var/site --tls var/site/brokers/one
    --client finance=011.370100
    """
    serve(site, passphrase, tls, values_of(client), (host, port))
    return Report(
        "keys.serve_signer",
        {"host": host, "port": port},
        [Said("the signer has ended", "签章机已结束")],
    )
