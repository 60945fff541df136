"""`hubctl voucher conflicts`: other content under a number that is taken, and both messages."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import iso
from ops.cli.command import verb
from ops.cli.files import write
from ops.cli.options import NODE, Config, identity_of
from ops.cli.output import At, Block, Report, Said, Table, counted
from ops.cli.placing import fills
from ops.cli.voucher_outside import app
from ops.look import conflicts as look
from ops.look.conflicts import Conflict
from ops.look_wiring import node

__all__ = ["app"]

COLUMNS: Final = ("at", "from", "voucher", "code", "on record", "refused")


@verb(app, "conflicts")
def conflicts(
    voucher: Annotated[
        str, typer.Argument(help="Only of this: division/year/kind/issuer/number.")
    ] = "",
    to: Annotated[
        Path | None, fills("Folder to write both messages into, as they came.", "--to")
    ] = None,
    config: Config = NODE,
) -> Report:
    """List messages that were refused because their number is taken by other content.

    Both are on record; `voucher show` shows a file that is written out, nothing of it took effect.

    Example: hubctl voucher conflicts 370100/2026/5201/011.370100/7 --to both
    --config hub/hub-a.toml
    """
    with node(config, within_scope=True) as this:
        env, name = this.parts.settings.env, ""
        if voucher:
            name = str(identity_of(voucher.removeprefix(f"{env}/"), env))
            this.scope.require(name)
        found, cut = look.at_node(this.parts, this.scope, name)
        octets = look.messages(this.parts, found) if to is not None else []
    files = [(to / file, message) for file, message in octets] if to is not None else []
    for path, message in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, message)
    rows = [(At(o.at), o.sender, o.voucher_id, o.code, *_digests(o)) for o in found]
    written: list[Block] = [str(path) for path, _ in files]
    rest = (", the newest; there are more", "（最近的；另有更多）") if cut else ("", "")
    said = Said(counted(len(found), "conflict") + rest[0], f"冲突 {len(found)} 项{rest[1]}")
    return Report(
        "voucher.conflicts",
        {
            "conflicts": [_data(one) for one in found],
            "cut": cut,
            "files": [str(path) for path, _ in files],
        },
        [*([Table("Conflicts", COLUMNS, rows)] if rows else []), *written, said],
    )


def _digests(one: Conflict) -> tuple[str, str]:
    return one.on_record.hex() or "-", one.refused.hex()


def _data(one: Conflict) -> dict[str, object]:
    before, refused = _digests(one)
    return {
        "at": iso(one.at), "from": one.sender, "voucher_id": one.voucher_id,
        "layer_id": one.layer_id, "code": one.code, "on_record": before, "refused": refused,
    }  # fmt: skip
