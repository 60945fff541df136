"""Before a node starts: everything its processes will need is there and opens.

A child that cannot start would be started again and again; what can be known beforehand is said
once, by the process that somebody is looking at, with the exit code of the reason. It is looked at
in a process of its own (ops.preflight_child), so that a keeper stays small.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hub import errors
from hub.errors import HubError, Misconfigured
from ops.terminal import out_of_reach


def passed(config: Path, overrides: Sequence[str] = ()) -> None:
    """Have the settings looked at.

    Raises:
        HubError: what was found, as the looking process raised it.
    """
    command = [sys.executable, "-m", "ops.preflight_child", str(config), *overrides]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with out_of_reach():
        looking = subprocess.Popen(command, stdin=nothing, stdout=pipe)
    with looking:
        try:
            said, _ = looking.communicate()
        except BaseException:
            looking.kill()
            raise
    if said:
        raise _read(said)
    assert not looking.returncode, "the look before the start has failed itself"


def told(error: HubError) -> str:
    """An error as a line that `passed` reads."""
    return json.dumps([type(error).__name__, error.code, error.context])


def _read(line: bytes) -> HubError:
    name, code, context = json.loads(line)
    leaf: type[HubError] = getattr(errors, name)
    return leaf(code, **context)


def make_folder(path: Path) -> None:
    """The node's own folder.

    Raises:
        Misconfigured: `data_folder`.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured("data_folder", reason=type(error).__name__) from error
