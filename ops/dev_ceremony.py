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
from keys.folders import whole_folder
from keys.site import OPENER, suites
from ops.demo.town import town
from schemas.catalogue_files import load


def make(out: Path, env: str, suite: str, clock: Clock) -> Made:
    """Hold the ceremony in the new folder `out`; when it fails, no folder is left.

    Raises:
        Misconfigured: `folder_exists`, `key_suite_unknown`.
        TargetDown: `file_unwritable`.
    """
    catalogue = load(env)
    ground = CeremonyGround(always(catalogue), catalogue.release, suites())
    passphrase = secrets.token_hex(16).encode()
    vault = Vault(env, passphrase, development=True)
    plan = replace(town().plan, env=env, suite=suite)
    try:
        with whole_folder(out) as place:
            made = ceremony(plan, place, vault, clock.now(), ground)
            write_private(place / OPENER, passphrase + b"\n")
    except OSError:
        raise TargetDown("file_unwritable", file=str(out)) from None
    return replace(made, out=out)
