"""What a node passes over in a party's folder is an alarm until somebody has put it right."""

import os
import shutil
from pathlib import Path

import pytest

from adapters.cores.folder import FolderMailbox
from adapters.cores.folder_post import FolderPost
from adapters.embedded.memory_store import MemoryStore
from hub.clock import MINUTE, SECOND
from hub.exchange.alarms import QUIET_MS, AlarmState
from hub.observer import silent
from ops.alarm_messages import Who
from ops.alarm_watch import Senses, Watch
from ops.settings import AlarmSettings, NodeSettings
from ops.surroundings import Surroundings
from ops.tally import Heard
from tests.support.stores import TickingClock
from tests.unit.ops.test_alarm_watch import SETTINGS, Leader


class Around(Surroundings):
    """Nobody is asked what runs out."""

    def _ask(self) -> bytes:
        return b""


class Scene:
    """A bank's node with both folders, and its watch."""

    def __init__(self, root: Path) -> None:
        self.root, self.clock = root, TickingClock()
        FolderPost(root / "post")
        FolderMailbox(root / "core")
        application = {"desk": "bank", "folder": root / "post", "core": f"folder:{root / 'core'}"}
        settings = NodeSettings.model_validate(
            {**SETTINGS, "data": root, "application": {**application, "profile": root / "p.toml"}}
        )
        around = Around(settings, root / "hub.toml", (), self.clock)
        around.folders = {}
        self.store, who = MemoryStore(self.clock, "00" * 8), Who("town", "bank", "m")
        senses = Senses(Leader(), Heard(self.clock), around)
        self.watch = Watch(who, self.store, senses, None, AlarmSettings(), self.clock, silent)

    def lay(self, place: str) -> Path:
        path = self.root / place
        path.write_text("{half", encoding="utf-8")
        at = self.clock.at / SECOND
        os.utime(path, (at, at))
        return path

    def seen(self) -> dict[str, tuple[AlarmState, int]]:
        """Alarms about folders, a minute and a bit later."""
        self.clock.at += MINUTE + SECOND
        self.watch.step()
        with self.store.read() as tx:
            rows = [one for one in tx.alarms() if one.code == "folder_unread"]
        return {one.subject: (one.state, one.count) for one in rows}


@pytest.fixture(name="scene")
def _scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_entries_that_say_nothing_are_an_alarm_until_they_are_gone(scene: Scene) -> None:
    assert {} == scene.seen()
    bad = [scene.lay("post/drafts/7.xml"), scene.lay("core/answers/317.json")]
    scene.lay("core/answers/318.json")
    assert {
        "answers": (AlarmState.OPEN, 2), "drafts": (AlarmState.OPEN, 1),
    } == scene.seen()  # fmt: skip
    bad[0].unlink()
    for _ in range(1 + QUIET_MS // MINUTE):
        found = scene.seen()
    assert {"answers": AlarmState.OPEN, "drafts": AlarmState.CLEARED} == {
        name: state for name, (state, _) in found.items()
    }


def test_a_folder_that_is_away_ends_no_alarm(scene: Scene) -> None:
    scene.lay("core/answers/317.json")
    assert {"answers": (AlarmState.OPEN, 1)} == scene.seen()
    shutil.move(scene.root / "core", scene.root / "elsewhere")
    for _ in range(1 + QUIET_MS // MINUTE):
        found = scene.seen()
    assert {"answers": (AlarmState.OPEN, 1)} == found
