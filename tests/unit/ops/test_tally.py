"""What children tell their keeper: counted, never blocked, never half a line."""

import json
import os

from hub.clock import DAY, MINUTE
from hub.exchange import conditions
from hub.exchange.conditions import CHANNEL_GRACE_MS, STANDBY_MS, Group, lines
from hub.exchange.model import ChannelHealth, ChannelState
from hub.observer import Fact, silent
from ops.tally import SERIES_MAX, Heard, Tally
from tests.support.stores import TickingClock


def said(pipe: int) -> list[str]:
    return os.read(pipe, 1 << 20).decode().splitlines()


def health(
    state: ChannelState = ChannelState.UP, disk: str = "d1", standby: str = "one-2"
) -> ChannelHealth:
    return ChannelHealth("one", state, disk, 3, "", standby=standby)


def channels(*healths: ChannelHealth) -> str:
    rows = [
        [h.name, h.state.value, h.incarnation, h.outstanding, h.reason, h.standby] for h in healths
    ]
    return json.dumps({"channels": rows})


def test_facts_are_counted_by_name_and_code_and_reach_the_keeper() -> None:
    reading, writing = os.pipe()
    tally, passed_on = Tally(writing), list[Fact]()
    observe = tally.observer(passed_on.append)
    for code in ("seal_broken", "seal_broken", "no_route"):
        observe(Fact("refused", {"sender": "hub", "code": code}))
    observe(Fact("recorded", {"delivery_id": "x"}))
    tally.channels([health()])
    tally.tell()
    tally.tell()
    heard = Heard(TickingClock())
    for line in said(reading):
        heard.hear("work-w0", line)
    assert 4 == len(passed_on)
    assert {
        ("work-w0", "refused", "seal_broken"): 2,
        ("work-w0", "refused", "no_route"): 1,
        ("work-w0", "recorded", ""): 1,
    } == heard.counts
    assert (health(),) == heard.channels
    os.close(reading)
    os.close(writing)


def test_what_does_not_go_out_is_told_later() -> None:
    reading, writing = os.pipe()
    tally = Tally(writing)
    filled = 0
    while True:
        try:
            filled += os.write(writing, b"x" * 4096)
        except BlockingIOError:
            break
    observe = tally.observer(silent)
    observe(Fact("recorded"))
    tally.channels([health()])
    tally.tell()
    observe(Fact("recorded"))
    while filled:
        filled -= len(os.read(reading, 1 << 20))
    tally.tell()
    heard = Heard(TickingClock())
    for line in said(reading):
        heard.hear("work-w0", line)
    assert {("work-w0", "recorded", ""): 2} == heard.counts
    assert (health(),) == heard.channels
    os.close(reading)
    os.close(writing)


def test_other_words_on_a_child_s_output_are_ignored() -> None:
    heard = Heard(TickingClock())
    for line in ("", "hello", "{}", '{"fact":["a"]}', '{"channels":[["one"]]}', "[]"):
        heard.hear("work-w0", line)
    assert {} == heard.counts
    assert () == heard.channels


def test_a_changed_state_has_its_moment_and_another_disk_is_noticed() -> None:
    clock = TickingClock()
    heard = Heard(clock)
    heard.hear("send-d", channels(health()))
    begun = clock.now()
    clock.at += MINUTE
    heard.hear("send-d", channels(health()))
    assert {"one": begun} == heard.changed
    heard.hear("send-d", channels(health(ChannelState.OPEN, "")))
    assert {"one": clock.now()} == heard.changed
    assert {} == heard.wiped
    heard.hear("send-d", channels(health(ChannelState.UP, "d2")))
    assert {"one": Group("one", 1, clock.now())} == heard.wiped


def test_a_failover_too_quick_to_be_seen_as_down_has_its_grace() -> None:
    clock = TickingClock()
    heard = Heard(clock)
    heard.hear("send-d", channels(health(standby="")))
    clock.at += DAY
    heard.hear("send-d", channels(health()))
    begun = clock.now()
    clock.at += STANDBY_MS - 1
    assert [] == lines(heard.channels, heard.changed, clock.now())
    heard.hear("send-d", channels(health(standby="one-3")))  # as little by its main line
    clock.at += 1
    (sighting,) = lines(heard.channels, heard.changed, clock.now())
    assert begun == sighting.since


def test_lines_tried_in_vain_make_a_channel_that_is_down_no_younger() -> None:
    clock = TickingClock()
    heard = Heard(clock)
    heard.hear("send-d", channels(health(ChannelState.OPEN, standby="")))
    begun = clock.now()
    for standby in ("one-2", "", "one-2"):
        clock.at += CHANNEL_GRACE_MS // 3
        heard.hear("send-d", channels(health(ChannelState.OPEN, standby=standby)))
    down, none = conditions.channels(heard.channels, heard.changed, 0, clock.now())
    assert ("channel_down", begun) == (down.code, down.since)
    assert "no_channel" == none.code


def test_only_what_was_told_lately_is_recent() -> None:
    clock = TickingClock()
    heard = Heard(clock)
    heard.hear("work-w0", '{"fact":["held","crl_missing",2]}')
    clock.at += MINUTE
    heard.hear("work-w1", '{"fact":["held","crl_missing",1]}')
    assert [Group("crl_missing", 3, clock.now())] == heard.recent("held")
    clock.at += 6 * MINUTE
    assert [] == heard.recent("held")


def test_codes_of_neighbours_cannot_fill_the_memory() -> None:
    heard = Heard(TickingClock())
    for number in range(SERIES_MAX + 50):
        heard.hear("work-w0", json.dumps({"fact": ["refused", f"c{number}", 1]}))
    assert SERIES_MAX + 1 == len(heard.counts)
    assert 50 == heard.counts["work-w0", "refused", "other"]
