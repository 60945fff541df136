"""The watch: conditions become alarms on record, and the hook hears of each once."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.embedded.memory_store import MemoryStore
from hub.clock import HOUR, MINUTE, SECOND
from hub.errors import StoreDown, TargetDown
from hub.exchange.alarms import Alarm, AlarmState, News, acknowledge
from hub.exchange.beats import Beat
from hub.exchange.dead import Found, letter
from hub.lease.tenancy import Standing
from hub.observer import Fact, silent
from ops.alarm_messages import Who
from ops.alarm_watch import HOOK_REST_SECONDS, STORE_GRACE_SECONDS, Senses, Watch
from ops.exits import Exit
from ops.settings import AlarmSettings, NodeSettings
from ops.surroundings import Surroundings
from ops.tally import Heard
from tests.support.rows import AT, BANK, a_beat, a_hop, a_layer, a_refusal, digest, voucher_id
from tests.support.stores import TickingClock

SETTINGS = {
    "env": "town", "node": "hub", "data": "data", "store": {"url": "sqlite:////nowhere/hub.db"},
    "trust": "trust", "channels": [{"name": "one", "kind": "embedded", "path": "one.db"}],
    "application": {"desk": "hub"},
}  # fmt: skip


@dataclass
class Leader:
    """A keeper as a test wants it."""

    standing: Standing = Standing.ACTIVE
    token: int = 0
    failing: Mapping[str, int] = field(default_factory=dict)

    @property
    def tenure(self) -> int | None:
        return self.token if self.standing is Standing.ACTIVE else None


class Around(Surroundings):
    """Nothing runs out."""

    def look(self, trust_state: int, *, settled: bool = True) -> None:  # noqa: ARG002 - at once
        assert trust_state > 0
        self.near = []


@dataclass
class Taker:
    """A hook that takes what it is given, or is away."""

    away: bool = False
    took: list[dict[str, object]] = field(default_factory=list)

    def deliver(self, message: bytes) -> None:
        if self.away:
            raise TargetDown("hook_failed")
        self.took.append(json.loads(message))

    @property
    def events(self) -> list[tuple[object, object]]:
        return [(one["event"], one.get("code", "")) for one in self.took]


@dataclass
class Scene:
    """A watch and everything it looks at."""

    clock: TickingClock
    store: MemoryStore
    leader: Leader
    heard: Heard
    hook: Taker
    facts: list[Fact]
    watch: Watch

    def alarms(self) -> list[Alarm]:
        with self.store.read() as tx:
            return tx.alarms()


def scene(tmp_path: Path, beat: int = 0) -> Scene:
    clock = TickingClock()
    store, leader, heard, hook = MemoryStore(clock, "00" * 8), Leader(), Heard(clock), Taker()
    settings = NodeSettings.model_validate({**SETTINGS, "data": tmp_path})
    around = Around(settings, tmp_path / "hub.toml", (), clock)
    around.folders = {}
    facts: list[Fact] = []
    watch = Watch(
        Who("town", "hub", "hub-a"), store, Senses(leader, heard, around), hook,
        AlarmSettings(heartbeat_seconds=beat), clock, facts.append,
    )  # fmt: skip
    return Scene(clock, store, leader, heard, hook, facts, watch)


def conflict(here: Scene) -> None:
    with here.store.begin() as tx:
        tx.add_refusals([a_refusal("a", "identity_conflict")])
        tx.commit()


def test_a_conflict_names_its_voucher_both_digests_and_what_shows_them(tmp_path: Path) -> None:
    here = scene(tmp_path)
    with here.store.begin() as tx:
        tx.add_layers([a_layer("1"), replace(a_layer("2"), recorded_at=AT)])
        tx.commit()
    conflict(here)
    here.watch.step()
    (said,) = here.hook.took
    about = {"from": "hub", "on_record": digest("message 1").hex(), "refused": digest("a").hex()}
    assert about.items() <= said["conflict"].items()  # type: ignore[attr-defined]
    for text in (str(said["why"]), str(said["why_zh"])):
        assert voucher_id("1") in text
        assert voucher_id("2") not in text
        assert "hub" in text
        assert all(about[name][:16] in text for name in ("on_record", "refused"))
        assert str(said["command"]) in text
    assert said["command"] == f"hubctl voucher conflicts {voucher_id('1')} --to both"


def test_a_condition_is_told_once_and_its_end_too(tmp_path: Path) -> None:
    here = scene(tmp_path)
    here.leader.failing = {"work-w0": 3}
    for _ in range(3):
        here.watch.step()
        here.clock.at += 10 * SECOND
    assert [("raised", "child_failing")] == here.hook.events
    here.leader.failing = {}
    for _ in range(8):
        here.clock.at += 10 * SECOND
        here.watch.step()
    assert [("raised", "child_failing"), ("cleared", "child_failing")] == here.hook.events
    assert [(AlarmState.CLEARED, News.NONE)] == [(a.state, a.news) for a in here.alarms()]
    told = [(f.name, f.fields["state"], f.fields["subject"]) for f in here.facts]
    assert [("alarm", "raised", "work-w0"), ("alarm", "cleared", "work-w0")] == told


def test_a_neighbour_whose_journal_went_back_is_an_alarm_until_what_is_held_is_let_go(
    tmp_path: Path,
) -> None:
    here = scene(tmp_path)

    def say(beat: Beat) -> None:
        with here.store.begin() as tx:
            tx.seen([beat])
            tx.commit()
        here.watch.step()

    say(a_beat(checkpoint=5))
    say(replace(a_beat(checkpoint=5), checkpoint_hash=digest("forged")))
    for number in range(6, 20):
        here.clock.at += 10 * SECOND
        say(a_beat(checkpoint=number))
    assert [("raised", "peer_went_back")] == here.hook.events
    with here.store.begin() as tx:
        tx.let_go(BANK)
        tx.commit()
    for number in range(20, 30):
        here.clock.at += 10 * SECOND
        say(a_beat(checkpoint=number))
    assert [("raised", "peer_went_back"), ("cleared", "peer_went_back")] == here.hook.events


def test_a_process_that_ended_of_a_damaged_store_is_an_alarm_at_once(tmp_path: Path) -> None:
    here = scene(tmp_path)
    fields: dict[str, str | int] = {
        "node": "hub-a",
        "task": "work-w0",
        "state": str(int(Exit.DAMAGED)),
        "count": 1,
    }
    here.heard.observer("keeper", silent)(Fact("child_ended", fields))
    here.watch.step()
    assert [("raised", "store_damaged")] == here.hook.events
    here.clock.at += 6 * MINUTE
    for _ in range(8):
        here.clock.at += 10 * SECOND
        here.watch.step()
    assert ("cleared", "store_damaged") in here.hook.events


def test_nobody_but_the_lease_s_holder_looks(tmp_path: Path) -> None:
    here = scene(tmp_path)
    here.leader.standing = Standing.STANDBY
    conflict(here)
    here.watch.step()
    assert [] == here.alarms()
    here.leader.standing = Standing.ACTIVE
    here.watch.step()
    assert ["conflict"] == [alarm.code for alarm in here.alarms()]


def test_what_the_hook_does_not_take_is_told_when_it_is_back(tmp_path: Path) -> None:
    here = scene(tmp_path)
    conflict(here)
    here.hook.away = True
    here.watch.step()
    assert [News.RAISED] == [alarm.news for alarm in here.alarms()]
    assert ["alarm", "hook_waits"] == [fact.name for fact in here.facts]
    here.hook.away = False
    here.clock.at += 10 * SECOND
    here.watch.step()
    assert [] == here.hook.events, "it rests for a while"
    here.clock.at += int(HOOK_REST_SECONDS * SECOND)
    here.watch.step()
    assert [("raised", "conflict")] == here.hook.events


def test_what_a_neighbour_has_refused_is_told_with_its_code(tmp_path: Path) -> None:
    here = scene(tmp_path)
    tell = here.heard.observer("work-w0", lambda _fact: None)
    for name in ("d-1", "d-2"):
        tell(Fact("row_refused", {"peer": "bank", "code": "not_served", "delivery_id": name}))
    here.watch.step()
    found = [(alarm.code, alarm.subject, alarm.count) for alarm in here.alarms()]
    assert [("rows_refused", "not_served", 2)] == found
    assert [("raised", "rows_refused")] == here.hook.events


def test_an_acknowledged_conflict_is_over_and_an_unanswered_one_is_escalated(
    tmp_path: Path,
) -> None:
    here = scene(tmp_path)
    conflict(here)
    here.watch.step()
    here.clock.at += HOUR
    here.watch.step()
    with here.store.begin() as tx:
        tx.put_alarms([acknowledge(one, "op", tx.now) for one in tx.alarms()])
        tx.commit()
    here.watch.step()
    here.watch.step()
    told = [event for event, code in here.hook.events if code == "conflict"]
    assert ["raised", "escalated", "acknowledged"] == told


def test_a_message_says_ids_and_counts_and_no_amount(tmp_path: Path) -> None:
    here = scene(tmp_path)
    with here.store.begin() as tx:
        tx.add_hops([a_hop("1"), a_hop("2")])
        tx.commit()
    here.clock.at += 10 * MINUTE
    here.watch.step()
    (said,) = here.hook.took
    assert ("peer_absent", "bank-a", 2) == (said["code"], said["subject"], said["count"])
    assert ("town", "hub", 1, "system") == (
        said["env"], said["node"], said["schema"], said["owner"],
    )  # fmt: skip
    assert "here for it: 2" in str(said["why"])
    assert not [name for name in said if "amount" in name or "fen" in name]


def test_dead_letters_that_wait_are_an_alarm_of_their_channel(tmp_path: Path) -> None:
    here = scene(tmp_path)
    found = Found(1, "hub", "online", "delivery_limit", b"octets")
    with here.store.begin() as tx:
        tx.put_letters([letter("c1", found, tx.now)])
        tx.commit()
    here.watch.step()
    assert [("dead_letters", "c1", 1)] == [(a.code, a.subject, a.count) for a in here.alarms()]


def test_heartbeats_come_while_nothing_is_wrong(tmp_path: Path) -> None:
    here = scene(tmp_path, beat=60)
    for _ in range(13):
        here.watch.step()
        here.clock.at += 10 * SECOND
    assert [("heartbeat", "")] * 3 == here.hook.events


def test_a_store_that_is_away_is_told_through_the_hook_alone(tmp_path: Path) -> None:
    here = scene(tmp_path)

    def away(_verb: str) -> None:
        raise StoreDown("store_away")

    here.watch.step()
    here.store.hook = away
    here.watch.step()
    here.clock.at += int(STORE_GRACE_SECONDS * SECOND)
    here.watch.step()
    here.watch.step()
    here.store.hook = lambda _verb: None
    here.watch.step()
    assert [("raised", "store_away"), ("cleared", "store_away")] == here.hook.events


def test_who_was_active_tells_of_a_store_that_takes_the_lease_along(tmp_path: Path) -> None:
    here = scene(tmp_path)

    def away(_verb: str) -> None:
        raise StoreDown("store_away")

    here.watch.step()
    here.store.hook = away
    here.leader.standing = Standing.STANDBY
    here.watch.step()
    assert not here.hook.events, "it may be a moment"
    here.clock.at += int(STORE_GRACE_SECONDS * SECOND)
    here.watch.step()
    here.watch.step()
    assert [("raised", "store_away")] == here.hook.events
    here.store.hook = lambda _verb: None
    here.watch.step()
    here.watch.step()
    assert [("raised", "store_away"), ("cleared", "store_away")] == here.hook.events


def test_a_standby_that_cannot_reach_the_store_leaves_the_telling_to_who_was_active(
    tmp_path: Path,
) -> None:
    here = scene(tmp_path)

    def away(_verb: str) -> None:
        raise StoreDown("store_away")

    here.leader.standing = Standing.STANDBY
    here.store.hook = away
    for _ in range(3):
        here.watch.step()
        here.clock.at += int(STORE_GRACE_SECONDS * SECOND)
    here.leader.standing = Standing.ACTIVE
    here.store.hook = lambda _verb: None
    here.watch.step()
    assert not here.hook.events


def test_a_store_clock_that_jumps_is_suspect_until_somebody_says_it_is_right(
    tmp_path: Path,
) -> None:
    here = scene(tmp_path)
    here.watch.step()

    class Jumped(TickingClock):
        def monotonic(self) -> float:
            return self.at / SECOND - 300

    here.watch._clock = Jumped(here.clock.at)
    here.watch.step()
    assert [("clock_suspect", 300)] == [(a.code, a.count) for a in here.alarms()]
    with here.store.begin() as tx:
        tx.put_alarms([acknowledge(one, "op", tx.now) for one in tx.alarms()])
        tx.commit()
    here.watch.step()
    here.clock.at += 2 * MINUTE
    here.watch._clock = Jumped(here.clock.at)
    here.watch.step()
    assert [AlarmState.CLEARED] == [alarm.state for alarm in here.alarms()]


def test_a_look_that_takes_minutes_is_no_clock_that_jumped(tmp_path: Path) -> None:
    here = scene(tmp_path)
    here.watch.step()
    store = here.watch._store

    class Slow:
        @contextmanager
        def read(self) -> Iterator[Any]:
            with store.read() as tx:
                here.clock.at += 5 * MINUTE
                yield tx

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

    here.watch._store = Slow()
    here.watch.step()
    assert [] == [alarm.code for alarm in here.alarms() if alarm.code == "clock_suspect"]
