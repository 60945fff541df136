"""What runs out is asked when an instance has settled, and not beside workers that begin."""

from pathlib import Path

from adapters.embedded.memory_store import MemoryStore
from hub.clock import HOUR, SECOND
from hub.lease.tenancy import Standing
from hub.observer import silent
from ops.alarm_messages import Who
from ops.alarm_watch import SETTLED_SECONDS, Senses, Watch
from ops.settings import AlarmSettings, NodeSettings
from ops.surroundings import Surroundings
from ops.tally import Heard
from tests.support.stores import TickingClock
from tests.unit.ops.test_alarm_watch import SETTINGS, Leader


class Around(Surroundings):
    """Counts how often the short process would be started."""

    asked = 0

    def _ask(self) -> bytes:
        self.asked += 1
        return b'{"near": [], "nearest": {}, "begins": [], "trust_state": 1}'


class Scene:
    """A watch, and what it looks around with."""

    def __init__(self, root: Path) -> None:
        self.clock, self.leader = TickingClock(), Leader()
        settings = NodeSettings.model_validate({**SETTINGS, "data": root})
        self.around = Around(settings, root / "hub.toml", (), self.clock)
        self.around.folders = {}
        store, who = MemoryStore(self.clock, "00" * 8), Who("town", "hub", "hub-a")
        senses = Senses(self.leader, Heard(self.clock), self.around)
        self.watch = Watch(who, store, senses, None, AlarmSettings(), self.clock, silent)

    def look(self, seconds: float) -> int:
        """Look after so many seconds more; how often the process was started until now."""
        self.clock.at += int(seconds * SECOND)
        self.watch.step()
        return self.around.asked


def test_what_runs_out_is_asked_a_minute_after_a_start(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert [0, 0, 1, 1] == [scene.look(s) for s in (0, SETTLED_SECONDS - 1, 1, 10)]


def test_a_takeover_long_after_the_last_look_does_not_start_it_at_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert [0, 1] == [scene.look(s) for s in (0, SETTLED_SECONDS)]
    scene.leader.standing = Standing.STANDBY
    assert 1 == scene.look(10)
    scene.leader.standing = Standing.ACTIVE
    hours = 2 * HOUR // SECOND
    assert [1, 1, 2] == [scene.look(s) for s in (hours, SETTLED_SECONDS - 1, 1)]
