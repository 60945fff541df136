"""A ceremony's folder, opened beside a node: for making further keys and sealing lists."""

from pathlib import Path

from hub.trust.model import PartyEntry
from keys.ceremony import CeremonyGround
from keys.custody import Vault
from keys.enrolment import Site
from ops.secret_files import secret
from ops.wiring import Parts


def site_of(parts: Parts, folder: Path, passphrase: Path) -> Site:
    """The folder under its passphrase; new keys are of the suite the register's parties have.

    Raises:
        Misconfigured: `secret_missing`.
    """
    settings = parts.settings
    vault = Vault(
        settings.env, secret(passphrase), development=settings.purpose == "development",
        libcrypto=settings.libcrypto,
    )  # fmt: skip
    ground = CeremonyGround(parts.releases, parts.releases.newest, parts.suites)
    entries = parts.view(parts.fence.trust_state).trust.register.parties
    suites = [e.record.suite for e in entries if isinstance(e.record, PartyEntry)]
    return Site(folder, vault, ground, suites[0])
