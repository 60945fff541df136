"""A party's keyring: which of its seals stands at which position, and opening them all.

Rules of this file: `keyring.json` maps seal folders to position patterns, in the order they are
tried; a position that no pattern covers is refused, never guessed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.errors import Misconfigured
from hub.parties import Party, party
from hub.trust.model import matches
from keys.custody import FileNodeSigner, FileSealMaker, Vault
from keys.folders import certificate_file, read


@dataclass(frozen=True, slots=True)
class Keyring:
    """The open seals of one party.

    Source: protocol rule 14.1; protocol rule 2.6
    """

    party: Party
    seals: Sequence[tuple[tuple[str, ...], FileSealMaker]]
    """Position patterns and maker, in the order they are tried."""

    def maker(self, position: str) -> FileSealMaker:
        """The seal that stands at this position.

        Raises:
            Misconfigured: `no_seal_for_position`.
        """
        for patterns, maker in self.seals:
            if any(matches(pattern, position) for pattern in patterns):
                return maker
        raise Misconfigured("no_seal_for_position", position=position)


def open_keyring(folder: Path, vault: Vault) -> Keyring:
    """Open the seals of a party's folder (its name is the party).

    Raises:
        Misconfigured: `keyring_missing`, `keyring_form`, and what `open_seal` raises.
        Malformed: `party_format`: the folder's name is no party.

    Source: protocol rule 14.1; protocol rule 14.5
    """
    content = read(folder / "keyring.json", "keyring_missing")
    try:
        names = {str(name): tuple(patterns) for name, patterns in json.loads(content).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise Misconfigured("keyring_form") from error
    return Keyring(
        party(folder.name),
        [(patterns, open_seal(folder / name, vault)) for name, patterns in names.items()],
    )


def open_seal(folder: Path, vault: Vault) -> FileSealMaker:
    """Open one seal: `seal.der`, `signer.cer`, `key.pem`.

    Raises:
        Misconfigured: `seal_file_missing`, `certificate_file_missing`,
            `key_of_another_certificate`, and what `Vault.load` raises.
        Malformed: `pem_form`.

    Source: protocol rule 14.1; GB/T 38540-2020, 6.1
    """
    return FileSealMaker(
        read(folder / "seal.der", "seal_file_missing"),
        certificate_file(folder / "signer.cer"),
        vault.load(folder / "key.pem"),
    )


def open_node_signer(folder: Path, vault: Vault) -> FileNodeSigner:
    """Open a node's key: `node.cer`, `key.pem`.

    Raises:
        Misconfigured: `certificate_file_missing`, `key_of_another_certificate`, and what
            `Vault.load` raises.
        Malformed: `pem_form`.

    Source: protocol rule 14.1; protocol rule 3.2
    """
    return FileNodeSigner(certificate_file(folder / "node.cer"), vault.load(folder / "key.pem"))
