"""How much a property is tried, and in which order files are run.

A property is tried a little at each run, at length under `make fault`.

Order: pure tests first, for they say in seconds what is wrong; then what takes longest, so that no
worker is left alone with it at the end; then the rest. Inside this, order stays random.
"""

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))  # noqa: TID251 - make fault

HERE: Final = Path(__file__).parent
LONG: Final = (
    "integration/test_day.py",
    "fault/test_real_faults.py",
    "fault/test_simulator.py",
    "fault/test_live_drills.py",
    "docs/test_attach.py",
    "integration/test_no_leak.py",
    "integration/test_barman_backup.py",
    "integration/test_rabbit_faults.py",
    "fault/test_processes.py",
    "integration/test_restored_node.py",
    "fault/test_restore_drill.py",
    "integration/test_catalogue_travels.py",
    "integration/test_rabbit_new_broker.py",
    "integration/test_trust_lives.py",
)
"""Above twenty seconds, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort files; tests of a file stay together and as they were."""
    gone = [name for name in LONG if not (HERE / name).is_file()]
    assert [] == gone, "a file was renamed: say so in tests/conftest.py"
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, int]:
    path = item.path.relative_to(HERE)
    if path.parts[0] == "unit":
        return 0, 0
    name = path.as_posix()
    return (1, LONG.index(name)) if name in LONG else (2, 0)
