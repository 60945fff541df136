"""Every word that a trace, a report of seals or a channel can tell has its Chinese."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import get_args

import pytest

from hub.clearing.breaks import BreakKind
from hub.clock import Instant
from hub.desks.desk import PHASES
from hub.desks.model import IntentState, TaskKind, TaskState
from hub.exchange.alarm_kinds import Owner
from hub.exchange.carriage import CarriedKind, CarriedWay
from hub.exchange.model import ChannelState, Role, RowState
from hub.parties import NodeId
from hub.trust.model import SORTS
from hub.trust.view import Standing
from hub.voucher.model import LayerType
from hub.voucher.report import (
    CHECK_NAMES,
    FAILED,
    INDETERMINATE,
    NOT_DONE,
    PASSED,
    TOTAL_FAILED,
    TOTAL_PASSED,
)
from ops.cli import resync, spoken
from ops.cli.node_views import trace
from ops.cli.output import Table
from ops.cli.words import HEADINGS
from ops.look import moves, trace_words
from ops.look.channel_words import CHANNEL_WORDS
from ops.look.trace import Event, Trace
from ops.said import Said
from ops.settings import ApplicationSettings
from ops.wiring_rabbit import broker_definitions


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (Role, trace_words.ROLES_ZH),
        (RowState, trace_words.ROWS_ZH),
        (TaskKind, trace_words.TASKS_ZH),
        (TaskState, trace_words.TASK_STATES_ZH),
        (IntentState, trace_words.INTENTS_ZH),
        (ChannelState, CHANNEL_WORDS),
        (BreakKind, spoken.BREAKS_ZH),
        (Owner, spoken.OWNERS_ZH),
        (SORTS, HEADINGS),
        (get_args(ApplicationSettings.model_fields["desk"].annotation), trace_words.DESKS_ZH),
        (PHASES, trace_words.PHASES_ZH),
        ({*moves.NEXT.values(), "hop_notice"}, trace_words.NEXT_ZH),
        ({*TaskKind, "hop", "line"}, spoken.MOVES_ZH),
        ({"done", *resync.STEPS.values()}, spoken.STEPS_ZH),
        ({name.replace("_", " ") for name in broker_definitions([NodeId("a")], NodeId("a"))},
         spoken.DEFINED_ZH),
        ((*CarriedKind, *CarriedWay), spoken.CARRIED_ZH),
        (LayerType, spoken.LAYERS_ZH),
        (Standing, spoken.STANDINGS_ZH),
        (CHECK_NAMES, spoken.SEAL_CHECKS_ZH),
        ((PASSED, FAILED, NOT_DONE), spoken.RESULTS_ZH),
        ((TOTAL_PASSED, TOTAL_FAILED, INDETERMINATE), spoken.INDICATIONS_ZH),
    ],
)  # fmt: skip
def test_no_word_is_forgotten(
    words: type[StrEnum] | Collection[str], known: Mapping[str, object]
) -> None:
    assert set() == set(words) - known.keys()


def test_a_trace_reads_in_chinese_and_its_data_in_english() -> None:
    detail = Said("row 1 done", "第 1 行 已记账")
    event = Event(Instant(1), "core answered", "receipt/102.370100", "102.370100", detail)
    report = trace(Trace("v", [event], [("receipt/102.370100", 8)], []))
    table, last = report.blocks
    assert isinstance(table, Table)
    assert isinstance(last, Said)
    (row,) = table.rows
    assert ["核心已答复", "回单/102.370100", "第 1 行 已记账"] == [
        cell.chinese for cell in row if isinstance(cell, Said)
    ]
    assert "状态号：回单/102.370100 8" == last.chinese
    events = report.data["events"]
    assert isinstance(events, list)
    assert ("core answered", "row 1 done") == (events[0]["what"], events[0]["detail"])
