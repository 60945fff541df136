"""The carried path between two real nodes whose channels are gone: out, in, answered, closed."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.clock import DAY, Instant
from hub.errors import SealUntrusted, StoreDown
from hub.exchange.carriage import Carriage
from hub.exchange.model import Incoming
from hub.trust.model import Duty, Operator
from ops.carry import taking
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.import_wiring import importer
from ops.look_wiring import node
from ops.payments_import.rows import parse
from ops.scope import acting
from ops.wiring import Parts
from tests.support.hubctl import run, shown
from tests.support.payments import as_csv, rows
from tests.support.staffed import CENTRE, copied
from tests.support.walk import Stepped

COUNT = 12
ROUNDS = 60


@dataclass(frozen=True)
class Ground:
    """A bureau with open rows, its hub, and a medium."""

    site: Site
    medium: Path

    def out(self, name: str = "to-hub.evx", *more: str) -> dict[str, Any]:
        words = ("--reason", "lines-cut", "--yes", "--type", BUREAU_NODE, *more)
        to = ("--out", self.medium / name, "--config", self.site.config(BUREAU_NODE))
        return run("packet", "export", HUB_NODE, *to, *words)

    def into_hub(
        self, name: str = "to-hub.evx", answer: str = "answer.evx", *more: str,
        expect: Exit | None = Exit.DONE,
    ) -> dict[str, Any]:  # fmt: skip
        words: tuple[str | Path, ...] = ("--by", "li.si", "--answer", self.medium / answer, *more)
        config = ("--config", self.site.config(HUB_NODE))
        return run("packet", "import", self.medium / name, *words, *config, expect=expect)

    def back(self, name: str = "answer.evx", *more: str, expect: Exit | None = Exit.DONE) -> Any:
        words = ("--by", "wang.wu", *more, "--config", str(self.site.config(BUREAU_NODE)))
        return run("packet", "import", self.medium / name, *words, expect=expect)

    def open_rows(self) -> int:
        with closing(self.site.store(BUREAU_NODE)) as store, store.read() as tx:
            return int(tx.open_hops(HUB_NODE))

    def recorded(self) -> int:
        """Payments on record at the hub."""
        with closing(self.site.store(HUB_NODE)) as store, store.read() as tx:
            return sum(t.count for s, t in tx.totals().items() if s.kind in {"5201", "8202"})

    def files(self) -> set[str]:
        return {path.name for path in self.medium.iterdir()}


@pytest.fixture(name="made", scope="module")
def _made(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = copied(ready, tmp_path_factory.mktemp("town"))
    with importer(made.config(BUREAU_NODE)) as bureau:
        bureau.send(bureau.look(parse(as_csv(rows(COUNT, seed=11)))))
    return made


@pytest.fixture(name="ground")
def _ground(made: Site, tmp_path: Path) -> Ground:
    medium = tmp_path / "medium"
    medium.mkdir()
    return Ground(copied(made, tmp_path / "town"), medium)


def step(site: Site, done: Callable[[], bool]) -> None:
    """Let both nodes use their channels until it is done."""
    with ExitStack() as opened:
        nodes = [Stepped(site, name) for name in (BUREAU_NODE, HUB_NODE)]
        for one in nodes:
            opened.callback(one.close)
        for _ in range(ROUNDS):
            for one in nodes:
                one.step()
            if done():
                return
    raise AssertionError("it does not come to an end")


def test_rows_are_carried_taken_in_answered_and_closed(ground: Ground) -> None:
    rows_open = ground.open_rows()
    assert rows_open >= COUNT
    out = ground.out()
    assert (rows_open, 0, 0) == (out["count"], out["left"], out["withheld"])
    assert rows_open == ground.open_rows(), "they stay open"
    listed = run("packet", "list", "--config", ground.site.config(BUREAU_NODE))
    assert (rows_open, rows_open) == (listed["open"], listed["hand_overs"][0]["open"])
    config = ("--config", ground.site.config(HUB_NODE))
    record = ground.medium / "to-hub.evx.handover.json"
    checked = run("packet", "check", ground.medium / "to-hub.evx", "--record", record, *config)
    assert (out["number"], out["sha256"], True) == (
        checked["number"], checked["sha256"], checked["record"],
    )  # fmt: skip
    taken = ground.into_hub()
    assert (rows_open, 0, 0) == (taken["count"], taken["refused"], taken["waiting"])
    assert (rows_open, 0) == (taken["answer"]["count"], taken["missing"])
    assert COUNT == ground.recorded()
    closed = ground.back()
    assert (rows_open, 0) == (closed["closed"], closed["open"])
    assert 0 == ground.open_rows()
    wanted = {"to-hub.evx", "answer.evx"}
    wanted |= {f"{name}.handover.{kind}" for name in wanted for kind in ("json", "pdf")}
    assert wanted == ground.files()


def test_a_carried_file_and_channels_together_lead_to_one_record(ground: Ground) -> None:
    ground.out()
    step(ground.site, lambda: ground.recorded() == COUNT)
    taken = ground.into_hub()
    assert (0, 0) == (taken["refused"], taken["waiting"])
    assert COUNT == ground.recorded()
    step(ground.site, lambda: ground.open_rows() == 0)
    assert 0 == ground.back()["closed"]
    assert COUNT == ground.recorded()


def test_the_same_file_twice_is_harmless_and_told(ground: Ground) -> None:
    ground.out()
    first = ground.into_hub()
    said = ground.into_hub(answer="more.evx", expect=Exit.INVALID)
    assert "carried_taken_before" == said["error"]["code"]
    again = ground.into_hub("to-hub.evx", "more.evx", "--again")
    assert first["answer"]["count"] == again["answer"]["count"]
    assert COUNT == ground.recorded()
    ground.back("more.evx")
    assert 0 == ground.open_rows()
    assert "carried_taken_before" == ground.back("more.evx", expect=Exit.INVALID)["error"]["code"]
    assert 0 == ground.back()["closed"], "the first answer is another file, and changes nothing"


def test_an_import_that_breaks_off_is_begun_anew(ground: Ground) -> None:
    ground.out()
    rows_open, config = ground.open_rows(), ground.site.config(HUB_NODE)
    with node(config) as this:
        receive = this.parts.exchange.receive

        def breaking(batch: Sequence[Incoming]) -> None:
            receive(batch[:1])
            raise StoreDown("store_away")

        this.parts.exchange.receive = breaking  # type: ignore[method-assign]
        to = (ground.medium / "to-hub.evx", ground.medium / "answer.evx")
        with pytest.raises(StoreDown):
            taking.take(this.parts, *to, "li.si", lambda _done, _of: None)
    assert "answer.evx" not in ground.files()
    assert [] == run("packet", "list", "--config", config)["hand_overs"]
    assert 0 < ground.recorded()
    assert (rows_open, 0) == tuple(map(ground.into_hub().get, ("count", "waiting")))
    assert COUNT == ground.recorded()
    assert rows_open == ground.back()["closed"]


def test_a_file_is_taken_in_by_one_whose_term_has_ended(ground: Ground) -> None:
    ground.out()
    rows_open = ground.open_rows()
    with node(ground.site.config(HUB_NODE)) as this:
        term_ended(this.parts, "li.si")
        with pytest.raises(SealUntrusted, match="operator_ended"):
            acting(this.parts, "li.si")

        def take(by: str) -> Carriage:
            to = (ground.medium / "to-hub.evx", ground.medium / "answer.evx")
            return taking.take(this.parts, *to, by, lambda _done, _of: None).carriage

        with pytest.raises(SealUntrusted, match="operator_unknown"):
            take("wang.wu")
        assert set() == {"answer.evx"} & ground.files()
        taken = take("li.si")
    assert (rows_open, "li.si") == (taken.count, taken.who)
    assert rows_open == ground.back()["closed"]


def term_ended(parts: Parts, who: str) -> None:
    """One operator is known to this process; he was in office until yesterday."""
    now = parts.clock.now()
    one = Operator(
        operator_id=who, party=CENTRE, duty=Duty.SYSTEM, divisions=("*",), suite="",
        certificate=b"", not_before=Instant(now - 2 * DAY), not_after=Instant(now - DAY),
    )  # fmt: skip
    state = parts.verification.trust_state
    view = copy(parts.view(state))
    view._operators = {who: one}
    parts._views[state] = view


@pytest.mark.parametrize("at", [3, 200, -1, -300, "half"])
def test_a_changed_file_is_refused_and_nothing_of_it_is_taken(ground: Ground, at: Any) -> None:
    ground.out()
    path = ground.medium / "to-hub.evx"
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2 if at == "half" else at] ^= 1
    path.write_bytes(octets)
    code = ground.into_hub(expect=Exit.INVALID)["error"]["code"]
    assert code.startswith(("carried_", "other_environment", "sender_life_over")), code
    assert 0 == ground.recorded()
    assert "answer.evx" not in ground.files()


def test_a_cut_file_is_refused_wherever_it_ends(ground: Ground) -> None:
    ground.out()
    path = ground.medium / "to-hub.evx"
    octets = path.read_bytes()
    for length in (2, 40, len(octets) // 2, len(octets) - 1):
        path.write_bytes(octets[:length])
        expected = "carried_malformed" if length < 6 else "carried_truncated"
        assert expected == ground.into_hub(expect=Exit.INVALID)["error"]["code"]
    path.write_bytes(octets + b"\0")
    assert "carried_changed" == ground.into_hub(expect=Exit.INVALID)["error"]["code"]
    assert 0 == ground.recorded()


def test_a_file_for_another_node_or_environment_is_refused(ground: Ground) -> None:
    ground.out()
    path = ground.medium / "to-hub.evx"
    octets = path.read_bytes()
    said = ground.back("to-hub.evx", "--answer", str(path) + ".answer", expect=Exit.INVALID)
    assert "carried_foreign" == said["error"]["code"]
    env = json.loads(octets[10 : 10 + int.from_bytes(octets[6:10])])["env"].encode()
    path.write_bytes(octets.replace(env, b"x" * len(env), 1))
    assert "other_environment" == ground.into_hub(expect=Exit.INVALID)["error"]["code"]
    assert "carried_malformed" == ground.into_hub(
        "to-hub.evx.handover.pdf", expect=Exit.INVALID
    )["error"]["code"]  # fmt: skip


def test_rows_are_split_over_files_and_each_answer_closes_its_own(ground: Ground) -> None:
    total = ground.open_rows()
    first = ground.out("one.evx", "--limit", "5")
    assert (5, total - 5) == (first["count"], first["left"])
    second = ground.out("two.evx", "--fresh")
    assert (total - 5, 0) == (second["count"], second["left"])
    said = run(
        "packet", "export", HUB_NODE, "--out", ground.medium / "three.evx", "--fresh",
        "--reason", "more", "--yes", "--type", BUREAU_NODE,
        "--config", ground.site.config(BUREAU_NODE), expect=Exit.INVALID,
    )  # fmt: skip
    assert "carried_nothing" == said["error"]["code"]
    assert "three.evx" not in ground.files()
    ground.into_hub("two.evx", "two.answer")
    assert total - 5 == ground.back("two.answer")["closed"]
    assert 5 == ground.open_rows()


def test_an_export_is_guarded_and_writes_over_nothing(ground: Ground) -> None:
    config = ("--config", ground.site.config(BUREAU_NODE))
    words = ("packet", "export", HUB_NODE, "--out", ground.medium / "a.evx", "--reason", "cut")
    said = run(*words, *config, expect=Exit.MISCONFIGURED)
    assert "not_confirmed" == said["error"]["code"]
    act = ground.medium / "act.json"  # nobody signs what cannot be done
    said = run(*words[:2], "nobody", *words[3:], *config, "--write-act", act, expect=Exit.NOT_FOUND)
    assert "peer_unknown" == said["error"]["code"]
    said = run(*words, *config, "--yes", "--type", HUB_NODE, expect=Exit.MISCONFIGURED)
    assert "name_not_typed" == said["error"]["code"]
    assert set() == ground.files()
    ground.out("a.evx")
    said = run(*words, *config, "--yes", "--type", BUREAU_NODE, expect=Exit.MISCONFIGURED)
    assert "carried_file_exists" == said["error"]["code"]
    assert "packets" in shown("packet", "list", *config)
    chinese = shown("packet", "list", *config, "--zh")
    assert "交出" in chinese
    assert "packets" not in chinese


def test_a_file_tells_nobody_else_what_the_vouchers_say(ground: Ground) -> None:
    ground.out()
    told = b"".join(path.read_bytes() for path in ground.medium.iterdir())
    for word in ("Voucher", "5201", "PayeeAcctName", "EVX1"):
        assert word.encode() not in told
