"""The signer of a site: keyrings, environment and clients put together, and run until ended."""

from collections.abc import Mapping
from pathlib import Path

from keys.signer_server import Signer, SignerServer
from keys.site import environment, makers


def server(
    site: Path,
    passphrase: Path | None,
    tls: Path,
    clients: Mapping[str, str],
    address: tuple[str, int],
) -> SignerServer:
    """The server, bound to its address; `clients`: node → party patterns, separated by commas.

    Raises:
        Misconfigured: `signer_tls_files`, `signer_address`, and what the trust folder raises.
    """
    env = environment(site / "trust")
    allowed = {node: patterns.split(",") for node, patterns in clients.items()}
    return SignerServer(address, Signer(env, makers(site, env, passphrase), allowed), tls)


def serve(
    site: Path,
    passphrase: Path | None,
    tls: Path,
    clients: Mapping[str, str],
    address: tuple[str, int],
) -> None:
    """Serve until the process is interrupted."""
    with server(site, passphrase, tls, clients, address) as running:
        running.serve_forever()
