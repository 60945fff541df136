"""Wiring of the remote signer that keeps a node's seals, where the settings name one."""

from keys.remote_signer import RemoteSigner, SignerAddress
from ops.settings import SignerSettings


def remote_signer(found: SignerSettings) -> RemoteSigner:
    """The signer, with the node's login; nothing is sent yet.

    Raises:
        Misconfigured: `signer_tls_files`.
    """
    return RemoteSigner(
        SignerAddress(found.host, found.port, found.certificate_file, found.key_file, found.ca_file)
    )
