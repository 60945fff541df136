"""The simulator waits for what time brings on, and for nothing that only a person can."""

from dataclasses import replace

from adapters.embedded.memory_store import MemoryStore
from hub.desks.model import Task, TaskKind, TaskState
from tests.support.lines import a_line
from tests.support.rows import AT
from tests.support.simulator.desks import brought_on
from tests.support.stores import TickingClock

BANK = "102.3701"
ONE, OTHER = "370100/2026/11/101001/1", "370100/2026/11/101001/2"


def a_task(number: str, kind: str, waiting_for: str = "", action: str = "") -> Task:
    name = f"town/370100/2026/{kind}/011.3701/{number}"
    return Task(
        f"pay:{BANK}:{name}", BANK, TaskKind.PAY, name, b"", TaskState.DUE, AT, AT, "20261123",
        waiting_for=waiting_for, next_action=action,
    )  # fmt: skip


def counted(*tasks: Task) -> int:
    """Over books with two payments and their details, one pair each of `ONE` and `OTHER`."""
    store = MemoryStore(TickingClock(AT), "00" * 8)
    lines = [
        replace(
            a_line(kind=kind, payment=payment), party=BANK,
            voucher_id=f"town/370100/2026/{kind}/011.3701/{number}",
        )
        for number, payment in (("1", ONE), ("2", OTHER))
        for kind in ("5201", "8207")
    ]  # fmt: skip
    with store.begin() as tx:
        tx.add_lines(lines)
        tx.commit()
    with store.read() as tx:
        return brought_on(tx, tasks)


ASKED = a_task("1", "5201", "operator", "core_ask_operator")
DETAIL, ANOTHER = (a_task(number, "8207", "", "payment_answers") for number in "12")


def test_a_detail_waits_for_a_person_only_with_its_own_payment() -> None:
    assert 0 == counted(ASKED, DETAIL)
    assert 1 == counted(ASKED, ANOTHER), "its payment is somebody else's and will be answered"
    assert 1 == counted(ASKED, DETAIL, ANOTHER)
    assert 1 == counted(DETAIL)


def test_whoever_waits_for_a_person_or_a_core_is_not_brought_on() -> None:
    assert 0 == counted(ASKED, a_task("2", "5201", "core", "core_unknown"))
    assert 1 == counted(ASKED, a_task("2", "5201"))
