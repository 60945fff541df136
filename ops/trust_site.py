"""A ceremony's folder, opened beside a node: for making further keys and sealing lists."""

from pathlib import Path

from hub.errors import Misconfigured
from hub.parties import Party
from hub.trust.model import PartyEntry
from hub.voucher.ports import SealMaker
from keys.ceremony import CeremonyGround
from keys.custody import Vault
from keys.enrolment import Site
from keys.keyring import open_keyring
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


def pinned_maker(parts: Parts, folder: Path, passphrase: Path, by: Party) -> SealMaker:
    """What seals for a pinned party; its key lies in the ceremony's folder.

    Raises:
        Misconfigured: `secret_missing`, `trust_issuer_not_pinned`.
    """
    ring = open_keyring(folder / "parties" / str(by), site_of(parts, folder, passphrase).vault)
    pinned = {pin.seal for pin in parts.trust_source.source.ground().pins}
    for _, maker in ring.seals:
        if maker.seal in pinned:
            return maker
    raise Misconfigured("trust_issuer_not_pinned", party=str(by))
