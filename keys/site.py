"""A site's folder, opened: everything the voucher library needs to verify and seal, without a node.

<folder>/trust       the trust list in force with its pinned keys, and sealed catalogue releases
<folder>/parties     keyrings, needed for sealing only
<folder>/passphrase  opens the key files; a site keeps it elsewhere and names it

Rules of this file: the environment is what the sealed list says; key files are opened when first
needed, development keys as well. Nothing here is a node: no store, no channel, no clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.parties import Party
from hub.trust.view import View
from hub.voucher import Ground, VerdictCache, ses
from hub.voucher import binding as property_info
from hub.voucher.codec import open_message
from hub.voucher.ground import NothingKnown
from hub.voucher.ports import SealMaker, Suite
from hub.voucher.suites.p256_sha256 import P256Sha256
from hub.voucher.suites.sm2_sm3 import open_suite
from keys.custody import Vault
from keys.keyring import Keyring, open_keyring
from keys.release_source import Judges, folder_releases
from keys.trust_files import read_pins, read_trust
from keys.trust_source import TrustSource
from schemas.catalogue_files import files, shipped

OPENER: Final = "passphrase"
MakerOf = Callable[[Party, str], SealMaker]
"""The seal of a party for a position."""


@dataclass(frozen=True, slots=True)
class Site:
    """What stands in a site's folder, at work."""

    ground: Ground
    trust: View
    """The trust in force: who is registered, and until when."""
    release: int
    """The catalogue release in force: what is sealed, is sealed under it."""
    maker_of: MakerOf


def suites() -> dict[str, Suite]:
    """Both suites by name; SM2 passes its known-answer test here or fails.

    Raises:
        Misconfigured: as `open_suite`: `libcrypto_missing`, `libcrypto_too_old`, `sm2_missing`,
            `sm2_known_answer`.

    Source: protocol rule 2.16; protocol rule 10.4
    """
    return {"sm2-sm3": open_suite(), "p256-sha256": P256Sha256()}


def open_site(folder: Path, now: Callable[[], Instant], passphrase: Path | None = None) -> Site:
    """The library's ground over a folder, with its parties' seals.

    `now` is asked once for the trust in force, and again for the release; open the site anew when
    a list, CRL or release has come. `passphrase`: the file that opens the keys, where it is not
    the folder's own.

    Raises:
        Misconfigured: `site_missing`; what `read_trust`, `suites` and `files` raise: the folder
            is not whole. Keys are opened later, by what `makers` gives.
        Malformed: what `environment` raises.
        SealUntrusted: the list or a release is not sealed by two of the pinned keys, as
            `folder_releases` and `load` say.

    Source: protocol rule 10.2; protocol rule 10.7; protocol rule 14.5
    """
    trust = folder / "trust"
    if not trust.is_dir():
        raise Misconfigured("site_missing", folder=str(folder))
    known = suites()
    env = environment(trust)
    by = Judges(env, *read_pins(trust), known, now)
    releases = folder_releases(trust, files(shipped()), by)
    view = TrustSource(trust, env, known, releases, now).load(1)
    ground = Ground(view, releases, env, known, NothingKnown(), VerdictCache())
    return Site(ground, view, releases.newest, makers(folder, env, passphrase))


def environment(trust: Path) -> str:
    """The environment a trust folder is for, as its sealed list says; no seal is judged.

    Raises:
        Misconfigured: `trust_list_missing`, and what else `read_trust` raises.
        Malformed: the list is no message.

    Source: protocol rule 1.1
    """
    opened = open_message(read_trust(trust).message)
    first = ses.read_signature(opened.layers[0].seals[0].octets)
    return property_info.read(first.property_info).env


def makers(folder: Path, env: str, passphrase: Path | None) -> MakerOf:
    """The seals of a site's parties; key files are opened when first needed.

    What is returned raises Misconfigured: `passphrase_file_missing`, `no_seal_for_position`, and
    what `open_keyring` raises.

    Source: protocol rule 14.1
    """

    @cache
    def vault() -> Vault:
        return Vault(env, _secret(passphrase or folder / OPENER), development=True)

    @cache
    def keyring(party: Party) -> Keyring:
        return open_keyring(folder / "parties" / str(party), vault())

    return lambda party, position: keyring(party).maker(position)


def _secret(path: Path) -> bytes:
    try:
        return path.read_bytes().rstrip(b"\r\n")
    except OSError:
        raise Misconfigured("passphrase_file_missing") from None
