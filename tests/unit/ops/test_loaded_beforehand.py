"""What a standby has loaded when it becomes active."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from hub.errors import Misconfigured, StoreDown

ROOT = Path(__file__).parents[3]
PROGRAM = """
    import sys
    from types import SimpleNamespace
    from ops.child import _beforehand
    from hub.errors import {error}

    class Parts:
        settings = SimpleNamespace(channels=[SimpleNamespace(kind={kind!r})])
        suites = {{}}

        @property
        def store(self):
            print("store")
            raise {error}("store_away")

    _beforehand(Parts())
    print("pika" in sys.modules)
"""


def loaded(kind: str, error: str) -> list[str]:
    program = dedent(PROGRAM.format(kind=kind, error=error))
    words = [sys.executable, "-c", program]
    return subprocess.check_output(words, cwd=ROOT, text=True).split()


@pytest.mark.parametrize("error", [StoreDown.__name__, Misconfigured.__name__])
def test_what_reads_channels_is_loaded_and_a_store_that_is_away_ends_nobody(error: str) -> None:
    assert ["store", "True"] == loaded("rabbit", error)


def test_a_node_on_files_does_not_load_what_it_never_needs() -> None:
    assert ["store", "False"] == loaded("embedded", StoreDown.__name__)
