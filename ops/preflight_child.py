"""The look before a node's start: `python -m ops.preflight_child hub.toml`, asked by its keeper.

What is wrong goes to standard output, which is a pipe of the keeper's, as one line; nothing is
printed when all is well.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hub.errors import ChannelDown, Damaged, HubError, Misconfigured, Rejection
from hub.observer import silent
from hub.parties import NodeId
from ops import preflight
from ops.anchors import Anchors
from ops.clock import SystemClock
from ops.exits import Exit, exit_of
from ops.look import workable
from ops.settings import NodeSettings, load
from ops.wiring import Parts


def look(config: Path, overrides: Sequence[str] = ()) -> None:
    """Open everything once; nothing is started, and nothing but the data folder is made.

    Raises:
        Misconfigured: a setting, key, profile or registration is missing or wrong.
        Damaged, StoreDamaged: the node's own trust folder or the store; the code says where.
        StoreDown: the store is away.
        ChannelDown: `channel_away`: not one embedded channel is there.
    """
    settings = load(config, overrides=overrides)
    preflight.make_folder(settings.data)
    with closing(Parts(settings, "check", str(os.getpid()), silent, SystemClock())) as parts:
        Anchors(settings.data, parts.store).check()
        try:
            nodes = parts.directory.nodes
        except Rejection as error:
            raise Damaged(error.code, **error.context) from error
        if NodeId(settings.node) not in nodes:
            raise Misconfigured("node_not_registered", node=settings.node)
        assert parts.signer.certificate
        workable.refused_at_start(parts)
    _channels(settings)


def _channels(settings: NodeSettings) -> None:
    paths = [channel.path for channel in settings.channels if channel.path is not None]
    if len(paths) == len(settings.channels) and not any(path.exists() for path in paths):
        raise ChannelDown("channel_away", channel=settings.channels[0].name)


def main(arguments: Sequence[str]) -> int:
    """Look, and tell the keeper."""
    config, *overrides = arguments
    try:
        look(Path(config), overrides)
    except HubError as error:
        sys.stdout.write(preflight.told(error))
        return int(exit_of(error))
    return int(Exit.DONE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
