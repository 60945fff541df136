"""A development site's keys, by one call: PKI, seals, trust and a passphrase.

The parties are those of the demonstration's town, so that samples, drafts and demo fit together.
"""

import secrets
from dataclasses import replace
from pathlib import Path

from hub.clock import Clock
from hub.errors import TargetDown
from hub.voucher.releases import always
from keys.ceremony import CeremonyGround, Made, ceremony
from keys.custody import Vault, write_private
from ops.alone_wiring import KEYS_OPENER, suites
from ops.catalogue_files import load
from ops.demo.town import town


def make(out: Path, env: str, suite: str, clock: Clock) -> Made:
    """Hold the ceremony in the new folder `out`.

    Raises:
        Misconfigured: `folder_exists`, `key_suite_unknown`.
        TargetDown: `file_unwritable`.
    """
    catalogue = load(env)
    ground = CeremonyGround(always(catalogue), catalogue.release, suites())
    passphrase = secrets.token_hex(16).encode()
    vault = Vault(env, passphrase, development=True)
    try:
        made = ceremony(replace(town().plan, env=env, suite=suite), out, vault, clock.now(), ground)
    except OSError:
        raise TargetDown("file_unwritable", file=str(out)) from None
    write_private(out / KEYS_OPENER, passphrase + b"\n")
    return made
