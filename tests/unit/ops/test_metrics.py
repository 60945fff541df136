"""Figures of a node: named by convention, labelled by ids and codes, read from the store."""

import re

from prometheus_client import CollectorRegistry, generate_latest

from adapters.embedded.memory_store import MemoryStore
from hub.exchange.alarms import Alarm, AlarmState
from hub.observer import FIELDS
from ops.metrics import METRICS, NodeCollector, Sample, of_store
from ops.store_view import view
from tests.support.rows import AT, BANK, a_beat, a_hop, a_refusal
from tests.support.stores import TickingClock

OWN_LABELS = {
    "env", "machine", "desk", "process", "fact", "waiting_for", "day", "sort", "folder",
}  # fmt: skip
"""Labels beside the fields that facts may have."""


def test_names_follow_the_convention_and_labels_are_ids_and_codes() -> None:
    for name, metric in METRICS.items():
        assert re.fullmatch(r"evx_[a-z]+(_[a-z]+)*", name), name
        assert set() == set(metric.labels) - FIELDS - OWN_LABELS, name
        assert metric.says, name


def test_a_store_s_figures_are_those_that_stand_in_it() -> None:
    clock = TickingClock(AT)
    store = MemoryStore(clock, "00" * 8)
    with store.begin() as tx:
        tx.add_hops([a_hop("1"), a_hop("2")])
        tx.seen([a_beat()])
        tx.add_refusals([a_refusal("a", "identity_conflict")])
        tx.put_alarms([Alarm("conflict", "hub", AlarmState.OPEN, 1, AT, AT, AT, AT, AT)])
        tx.commit()
    clock.at += 60_000
    found = {(name, labels): figure for name, labels, figure in of_store(view(store))}
    assert {
        ("evx_hops_open", (BANK, "due")): 2,
        ("evx_hops_oldest_seconds", (BANK, "due")): 60.0,
        ("evx_peer_present", (BANK,)): False,
        ("evx_peer_silent_seconds", (BANK,)): 60.0,
        ("evx_conflicts", ("hub",)): 1,
        ("evx_intents_open", ()): 0,
        ("evx_alarms", ("conflict", "open")): 1,
        ("evx_alarms_escalated", ("conflict",)): 1,
    } == found


def test_they_are_told_in_the_library_s_own_form() -> None:
    samples: list[Sample] = [
        ("evx_facts_total", ("work-w0", "refused", "no_route"), 3),
        ("evx_store_up", (), True),
    ]
    registry = CollectorRegistry()
    registry.register(NodeCollector(lambda: samples))
    text = generate_latest(registry).decode()
    assert 'evx_facts_total{code="no_route",fact="refused",process="work-w0"} 3.0' in text
    assert "# TYPE evx_facts_total counter" in text
    assert "evx_store_up 1.0" in text
