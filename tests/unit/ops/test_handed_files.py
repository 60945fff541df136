"""A file that people hand to a command: of any depth refused by its code, missing by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from hub.clock import Instant
from hub.errors import HubError
from hub.parties import party
from keys import folders
from keys.trust_files import read_trust
from ops import release_drafts, trust_drafts
from ops.carry.record import read_record
from ops.guarded import read_act, read_signed

DEEP = b"[" * 5_000
ISSUER = party("011.990100")
NEVER_USED = cast("Any", None)
"""The file is read first."""


def sealed(drafts: Any) -> Callable[[Path], object]:
    def seal(file: Path) -> object:
        return drafts.put_seal(file.parent, ISSUER, NEVER_USED, NEVER_USED, Instant(0))

    return seal


@pytest.mark.parametrize(
    ("name", "read", "code"),
    [
        ("act.json", read_act, "act_unreadable"),
        ("proposal.json", read_signed, "signed_act_unreadable"),
        ("record.json", lambda file: read_record(NEVER_USED, file), "carried_record"),
        (trust_drafts.DRAFT, sealed(trust_drafts), "trust_draft_unreadable"),
        (release_drafts.DRAFT, sealed(release_drafts), "catalogue_draft_unreadable"),
    ],
)
def test_json_of_any_depth_is_refused_by_its_code(
    name: str, read: Callable[[Path], object], code: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(DEEP)
    with pytest.raises(HubError) as refused:
        read(file)
    assert code == refused.value.code


@pytest.mark.parametrize("read", [read_act, read_signed, lambda file: folders.read(file, "code")])
def test_a_file_that_cannot_be_read_is_named(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    with pytest.raises(HubError) as refused:
        read(tmp_path / "none.json")
    assert str(tmp_path / "none.json") == refused.value.context["file"]


def test_a_trust_folder_without_a_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(HubError) as refused:
        read_trust(tmp_path)
    assert {"folder": str(tmp_path)} == refused.value.context
