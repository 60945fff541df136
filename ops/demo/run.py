"""The order of the day: make, start, pay, break things, sum up, clear, reconcile, report."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final, Protocol, Self

from hub.clearing.calendar import Calendar
from hub.clock import Clock
from hub.desks.bureau import (
    authorised_notice,
    direct_notice,
    payment,
    payment_drafts,
    unit_notice,
)
from hub.errors import TargetDown
from hub.exchange.model import ChannelState, Outcome
from hub.exchange.ports import Channel
from hub.observer import silent
from hub.parties import NodeId
from hub.voucher import seal_many
from hub.voucher.ground import NothingKnown
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher
from ops.clock import SystemClock
from ops.demo import incidents
from ops.demo.base_data import published
from ops.demo.day import Day, make
from ops.demo.ground import CHANNELS
from ops.demo.incidents import Incident
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, TREASURY_NODE
from ops.demo.watch import Watch
from ops.import_wiring import importer
from ops.payments_import.rows import Parsed, parse
from ops.settings import load
from ops.wiring import Parts

BATCH: Final = 50
SAMPLE: Final = Path(__file__).parents[2] / "docs/samples/payments-500.csv"
"""Stands in a checkout; an installed package has no samples and imports nothing."""
IMPORTED_SHARE: Final = 4
"""One payment in so many comes from the sample file, as far as it goes."""
WAIT_SECONDS: Final = 600.0
PATIENCE_SECONDS: Final = 180.0
"""For one thing that takes a moment: a slow machine is no broken day."""
KILL_AT: Final = 0.35
CHANNEL_AT: Final = 0.6


class Progress(Protocol):
    """Who is told how far it is."""

    def stage(self, name: str, total: int) -> None:
        """A new stage begins; total 0: its length is not known."""
        ...

    def reached(self, count: int) -> None:
        """How far the stage is."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    payments: int
    seed: int


@dataclass
class Times:
    """Instants and durations the report shows, in seconds."""

    setup: float = 0.0
    first_settled: float = -1.0
    takeover: float = -1.0
    total: float = 0.0


class Demo:
    """One run on a site; a context manager: at its end nothing runs any more."""

    def __init__(
        self, options: Options, site: Site, clock: Clock, sleep: Callable[[float], None],
        progress: Progress,
    ) -> None:  # fmt: skip
        self.options = options
        self.site = site
        self.times = Times()
        self.sent: list[Incident] = []
        self.refunds: list[str] = []
        self._clock = clock
        self._sleep = sleep
        self._progress = progress
        self._chance = Random(options.seed)
        self._started = clock.monotonic()
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop nodes and ground; the folder stays. Whoever interrupts does not want to wait."""
        if kind is KeyboardInterrupt:
            self.site.give_up()
        try:
            self._opened.close()
        finally:
            self.site.end()

    def prepare(self) -> None:
        """Folders, keys, stores, channels, processes."""
        self._progress.stage("setup", 0)
        self.site.make(self._clock)
        self.watch = self._opened.enter_context(closing(Watch(self.site, self._clock, self._sleep)))
        self.bureau = self._opened.enter_context(closing(self._parts(BUREAU_NODE)))
        day = Calendar(frozenset()).business_day(self._clock.now())
        sample = _sample(self.options.payments // IMPORTED_SHARE)
        count = self.options.payments - len(sample.rows)
        made = make(self.site.town, count, self.options.seed, day)
        self.day: Day = replace(made, imported=sample.rows)
        self._sample = sample
        for node in self.site.town.nodes:
            self.site.start(node)
        self.site.start(HUB_NODE, "b")
        self.times.setup = self._clock.monotonic() - self._started

    def pay(self) -> None:
        """Quota, then payments, with the incidents on the way."""
        self._issue(published(self.site.town, self.day.business_day, self._cat), "base_data")
        self._issue(self._notices(), "quota")
        self._progress.stage("payments", self.day.count)
        killed = taken = False
        count = len(self.day.payments)
        for start in range(0, count, BATCH):
            requests = self.day.payments[start : start + BATCH]
            self._issue(payment_drafts(requests, self.bureau.settings.env, self._cat), "")
            done = start + len(requests)
            self._progress.reached(done + len(self.day.imported))
            if start == 0:
                self._recall()
                self._incidents()
                self._note_first()
                self._import()
            if not killed and done >= count * KILL_AT:
                killed = True
                self._kill()
            if not taken and done >= count * CHANNEL_AT:
                taken = True
                self.site.ground.take_away(CHANNELS[1])
            self._note_first()
        rows = self.day.rows
        self._progress.stage("answers", rows)
        self.watch.until("answers", WAIT_SECONDS, lambda: self.watch.answered() >= rows, self._tick)

    def close(self) -> None:
        """Sum up, clear, refund, list, reconcile."""
        banks = list(self.site.town.bank_nodes.values())
        for name, nodes in (
            ("sum_up", banks),
            ("bounces", banks),  # after clearing: their money goes back by 2302
            ("sum_up", banks),
            ("daily_lists", banks),
            ("cutoff", [*banks, TREASURY_NODE]),
            ("checks", [TREASURY_NODE, BUREAU_NODE]),
        ):
            self._progress.stage(name, 0)
            for node in nodes:
                self._phase(node, name)
            self.watch.quiet(name, WAIT_SECONDS, self._tick)

    def end(self) -> None:
        """Stop every process: the parties, then, when it owes nobody anything more, the hub.

        A copy that was still under way when all was quiet is answered once more: only when nobody
        else sends can the hub have answered the last one.
        """
        self.site.stop(but=HUB_NODE)
        with suppress(TargetDown):  # what is still owed then, the report says
            self.watch.quiet("end", PATIENCE_SECONDS, lambda: None)
        self.site.stop()
        self.times.total = self._clock.monotonic() - self._started

    # --- steps

    @property
    def _cat(self) -> int:
        return self.bureau.releases.newest

    def _parts(self, node: NodeId) -> Parts:
        settings = load(self.site.config(node))
        start = str(self._clock.now())
        return Parts(settings, "cli", start, silent, SystemClock())

    def _notices(self) -> list[Draft]:
        env, cat = self.bureau.settings.env, self._cat
        month = self.day.business_day[4:6]
        return [direct_notice(notice, env, cat) for notice in self.day.direct] + [
            notify(notice, month, env, cat)
            for notice in self.day.authorised
            for notify in (unit_notice, authorised_notice)
        ]

    def _issue(self, drafts: Sequence[Draft], stage: str) -> list[Voucher]:
        if stage:
            self._progress.stage(stage, 0)
        posted: list[Voucher] = self.bureau.desk.issue(drafts)
        return posted

    def _import(self) -> None:
        """The sample file, as `hubctl payments import` does it."""
        with importer(self.site.config(BUREAU_NODE)) as node:
            node.send(node.look(self._sample))

    def _recall(self) -> None:
        env = self.bureau.settings.env
        for request in self.day.payments:
            if request.number in self.day.recalled:
                original = self._recorded(payment(request, env, self._cat))
                draft = Draft(
                    LayerId(original.id, LayerType.RECALL, original.id.issuer),
                    self._cat,
                    original.top.to,
                    Body({"VoucherFlag": "1", "Recall_Reason": "重复申请"}),
                    below=original,
                )
                self._issue([draft], "")

    def _recorded(self, draft: Draft) -> Voucher:
        """The voucher of a draft: recalled ones are issued on the spot."""
        self._issue([draft], "")
        layer = str(draft.id)
        with self.bureau.store.read() as tx:
            row = tx.layers([layer])[layer]
            octets = tx.messages([row.message_digest])[row.message_digest]
        return self.bureau.verification.reopen([octets])[0]

    def _incidents(self) -> None:
        """Before the genuine ones: a forgery of the very next batch; then the rest."""
        env, cat = self.bureau.settings.env, self._cat
        later = self.day.payments[-1]
        genuine = self.bureau.sealer.seal([payment(later, env, cat)])[0]
        first = self._recorded(payment(self.day.payments[0], env, cat))
        changed = replace(self.day.payments[0], extra={"PaySummaryName": "其他用途"})
        other = self.bureau.sealer.seal([payment(changed, env, cat)])[0]
        self.sent = [
            incidents.before_genuine(genuine),
            incidents.lifted(first, other=genuine),
            incidents.twice(first),
            incidents.number_again(other),
            incidents.from_test(self._of_test(first)),
            incidents.malformed(),
        ]
        self._soon("incidents", lambda: self._hub_has(first))
        channels = self.bureau.channels(lambda: None)
        try:
            self._send_incidents(channels[CHANNELS[0]])
        finally:
            for channel in channels.values():
                channel.close()

    def _send_incidents(self, channel: Channel) -> None:
        """A channel connects and confirms in its own time: wait for both."""
        told: list[Outcome] = []

        def confirmed() -> bool:
            told.extend(channel.outcomes())
            return len(told) >= len(self.sent)

        self._soon("incidents", lambda: channel.health().state is ChannelState.UP)
        incidents.send(self.sent, channel, self.bureau.place.incarnation)
        self._soon("incidents", confirmed)

    def _of_test(self, voucher: Voucher) -> Voucher:
        verification = self.bureau.verification
        identity = replace(voucher.id, env="demo-test")
        draft = Draft(
            replace(voucher.top.id, voucher=identity), self._cat, voucher.top.to,
            voucher.top.content,
        )  # fmt: skip
        ground = replace(verification.ground(NothingKnown()), env="demo-test")
        makers = [
            (fact.position, self.bureau.maker(voucher.top.id.party, fact.position))
            for fact in voucher.top.seals
        ]
        return seal_many([draft], makers, ground, at=self._clock.now())[0]

    def _hub_has(self, voucher: Voucher) -> bool:
        layer = str(voucher.top.id)
        return bool(self.watch.read(HUB_NODE, lambda tx: tx.layers([layer])))

    def _kill(self) -> None:
        """SIGKILL the active hub; count the seconds to the first voucher the other one records."""
        self.site.kill(HUB_NODE, self.site.active(HUB_NODE))
        killed = self._clock.monotonic()
        before = self.watch.relayed()
        self._soon("takeover", lambda: self.watch.relayed() > before)
        self.times.takeover = self._clock.monotonic() - killed

    def _soon(self, what: str, condition: Callable[[], bool]) -> None:
        self.watch.until(what, PATIENCE_SECONDS, condition, self._note_first)

    def _note_first(self) -> None:
        if self.times.first_settled < 0 and self.watch.answered():
            self.times.first_settled = self._clock.monotonic() - self._started - self.times.setup

    def _tick(self) -> None:
        self._note_first()
        self._progress.reached(self.watch.answered())

    def _phase(self, node: NodeId, name: str) -> None:
        """Again where the store was away or taken: a phase plans nothing twice."""
        self._soon(f"{name} at {node}", lambda: self._phase_run(node, name))

    def _phase_run(self, node: NodeId, name: str) -> bool:
        with closing(self._parts(node)) as parts:
            with parts.store.read() as tx:
                token = tx.fence.token
            parts.desk.run_phase(name, self.day.business_day, token)
        return True


def _sample(count: int) -> Parsed:
    """The first rows of the sample file."""
    if not SAMPLE.is_file():
        return Parsed("", (), ())
    parsed = parse(SAMPLE.read_bytes())
    assert not parsed.bad, "the sample is good"
    return replace(parsed, rows=parsed.rows[:count])
