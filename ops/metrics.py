"""`/metrics` of a node, served by its keeper: figures read when asked, counters of facts.

Rules: names by Prometheus' convention (base units, `_total` for counters); labels are ids and codes
only, never names, accounts or amounts. Figures of the store are read anew for each scrape, over
indexes; a store that is away shows as `evx_store_up 0` and leaves the others out. Facts of children
come over their pipes (ops.tally). The table `METRICS` is the reference page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.clock import SECOND, Instant
from hub.errors import HubError, Misconfigured
from hub.exchange.alarms import AlarmState
from hub.exchange.model import ChannelState
from hub.exchange.presence import present
from hub.lease.tenancy import Standing
from ops.disks import free_share
from ops.keep import Keeper
from ops.store_view import StoreView
from ops.surroundings import Surroundings
from ops.tally import Heard

Sample = tuple[str, tuple[str, ...], float]
"""Metric, values of its labels, figure."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the reference page."""

    labels: tuple[str, ...]
    says: str


METRICS: Final[Mapping[str, Metric]] = {
    "evx_node_info": Metric(("env", "node", "machine", "desk"), "always 1; who this is"),
    "evx_store_up": Metric((), "1 when the store could be read for this scrape"),
    "evx_lease_active": Metric((), "1 when this instance holds the lease"),
    "evx_lease_token": Metric((), "counts up with every change of holder"),
    "evx_takeovers_total": Metric((), "times this instance became active since it started"),
    "evx_child_up": Metric(("process",), "1 while the child process lives"),
    "evx_child_ends_total": Metric(("process",), "times a child ended and was begun again"),
    "evx_facts_total": Metric(("process", "fact", "code"), "facts told; see facts.md"),
    "evx_hops_open": Metric(("peer", "state"), "rows not yet closed by the peer's notice"),
    "evx_hops_oldest_seconds": Metric(("peer", "state"), "age of the oldest of these rows"),
    "evx_tasks_open": Metric(
        ("party", "task", "state", "waiting_for"), "unfinished tasks; whose move it is"
    ),
    "evx_tasks_oldest_seconds": Metric(
        ("party", "task", "state", "waiting_for"), "age of the oldest of these tasks"
    ),
    "evx_lines_unfinished": Metric(("party", "kind", "state"), "money rows that wait"),
    "evx_intents_open": Metric((), "movements asked of a core, without an outcome yet"),
    "evx_breaks_open": Metric(("party", "day"), "differences nobody has explained"),
    "evx_dead_letters": Metric(("channel",), "dead letters that wait for an operator"),
    "evx_conflicts": Metric(("sender",), "refused conflicts on record"),
    "evx_peer_present": Metric(("peer",), "1 when heard of in the last 30 s"),
    "evx_peer_silent_seconds": Metric(("peer",), "since when nothing was heard"),
    "evx_channel_up": Metric(("channel",), "1 when the dispatcher can use the channel"),
    "evx_channel_state": Metric(("channel", "state"), "1 at the state the channel is in"),
    "evx_channel_standby": Metric(("channel",), "1 while the channel goes by a standby line"),
    "evx_channel_unconfirmed": Metric(("channel",), "published, not yet confirmed"),
    "evx_checkpoint_number": Metric((), "of the newest journal checkpoint"),
    "evx_checkpoint_age_seconds": Metric((), "age of the newest journal checkpoint"),
    "evx_backup_age_seconds": Metric((), "age of the newest backup set of this instance"),
    "evx_expiry_left_seconds": Metric(
        ("sort",), "until the first list, CRL, pin, certificate, seal or key of a sort runs out"
    ),
    "evx_disk_free_ratio": Metric(("folder",), "free share of a folder's disk"),
    "evx_alarms": Metric(("code", "state"), "alarms on record that are not cleared"),
    "evx_alarms_escalated": Metric(("code",), "of these, past their deadline unanswered"),
}


def of_keeper(keeper: Keeper, heard: Heard) -> Iterator[Sample]:
    """What the keeper knows by itself, and what children told it."""
    yield "evx_lease_active", (), keeper.standing is Standing.ACTIVE
    yield "evx_lease_token", (), keeper.token
    yield "evx_takeovers_total", (), heard.takeovers
    for name, alive in keeper.children.items():
        yield "evx_child_up", (name,), alive
        yield "evx_child_ends_total", (name,), heard.ended[name]
    for (process, fact, code), count in sorted(heard.counts.items()):
        yield "evx_facts_total", (process, fact, code), count
    for health in heard.channels:
        yield "evx_channel_up", (health.name,), health.state is ChannelState.UP
        for state in ChannelState:
            yield "evx_channel_state", (health.name, state.value), health.state is state
        yield "evx_channel_standby", (health.name,), bool(health.standby)
        yield "evx_channel_unconfirmed", (health.name,), health.outstanding


def of_store(seen: StoreView) -> Iterator[Sample]:
    """What stands in the store."""
    for hop in seen.hops:
        yield "evx_hops_open", (hop.peer, hop.state.value), hop.count
        yield "evx_hops_oldest_seconds", (hop.peer, hop.state.value), _age(hop.since, seen.at)
    yield from _tasks(seen)
    for (party, kind, line_state), count in seen.unfinished.items():
        yield "evx_lines_unfinished", (party, kind, line_state.value), count
    yield "evx_intents_open", (), seen.intents_open
    for (party, day), count in seen.breaks.items():
        yield "evx_breaks_open", (party, day), count
    for group in seen.dead:
        yield "evx_dead_letters", (group.subject,), group.count
    for clash in seen.clashes:
        yield "evx_conflicts", (clash.sender,), clash.count
    for peer, row in sorted(seen.peers.items()):
        yield "evx_peer_present", (peer,), present(row, seen.at)
        yield "evx_peer_silent_seconds", (peer,), _age(row.seen_at, seen.at)
    if seen.checkpoint is not None:
        yield "evx_checkpoint_number", (), seen.checkpoint.number
        yield "evx_checkpoint_age_seconds", (), _age(seen.checkpoint.at, seen.at)
    yield from _alarms(seen)


def _tasks(seen: StoreView) -> Iterator[Sample]:
    """Summed over their next action, which is no label: it would be one more code too many."""
    counts: dict[tuple[str, ...], int] = {}
    oldest: dict[tuple[str, ...], Instant] = {}
    for group in seen.tasks:
        labels: tuple[str, ...] = (
            group.party, group.kind.value, group.state.value, group.waiting_for,
        )  # fmt: skip
        counts[labels] = counts.get(labels, 0) + group.count
        oldest[labels] = min(oldest.get(labels, group.since), group.since)
    for names, count in counts.items():
        yield "evx_tasks_open", names, count
        yield "evx_tasks_oldest_seconds", names, _age(oldest[names], seen.at)


def _alarms(seen: StoreView) -> Iterator[Sample]:
    live = [alarm for alarm in seen.alarms if alarm.state is not AlarmState.CLEARED]
    for code, state in sorted({(alarm.code, alarm.state) for alarm in live}):
        count = sum((alarm.code, alarm.state) == (code, state) for alarm in live)
        yield "evx_alarms", (code, state.value), count
    late = [alarm.code for alarm in live if alarm.escalated_at]
    for code in sorted(set(late)):
        yield "evx_alarms_escalated", (code,), late.count(code)


def of_surroundings(around: Surroundings, now: Instant) -> Iterator[Sample]:
    """What stands outside store and processes: disk, backups, what runs out."""
    made_at = around.backup_made_at()
    if made_at is not None:
        yield "evx_backup_age_seconds", (), _age(made_at, now)
    for sort, ends_at in sorted(around.nearest.items()):
        yield "evx_expiry_left_seconds", (sort,), (ends_at - now) / SECOND
    for folder, path in around.folders.items():
        yield "evx_disk_free_ratio", (folder,), free_share(path)


def _age(since: Instant, now: Instant) -> float:
    return max(0, now - since) / SECOND


class NodeCollector(Collector):
    """Collects all figures for one scrape."""

    def __init__(self, samples: Callable[[], Iterable[Sample]]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """One family a metric that has figures."""
        found: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for name, labels, figure in self._samples():
            found.setdefault(name, []).append((labels, float(figure)))
        for name, metric in METRICS.items():
            if name in found:
                yield _family(name, metric, found[name])


def _family(
    name: str, metric: Metric, rows: Sequence[tuple[tuple[str, ...], float]]
) -> CounterMetricFamily | GaugeMetricFamily:
    counts = name.endswith("_total")
    family = (CounterMetricFamily if counts else GaugeMetricFamily)(
        name.removesuffix("_total"), metric.says, labels=metric.labels
    )
    for labels, figure in rows:
        assert len(labels) == len(metric.labels), name
        family.add_metric(labels, figure)
    return family


def serve(address: str, port: int, samples: Callable[[], Iterable[Sample]]) -> Callable[[], None]:
    """Serve `/metrics` from a thread of the library's own; the returned call ends it.

    Raises:
        Misconfigured: `metrics_address`.
    """
    registry = CollectorRegistry()
    registry.register(NodeCollector(samples))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, address, registry)
    except OSError as error:
        raise Misconfigured("metrics_address", reason=type(error).__name__) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def samples_of(
    info: Sequence[str],
    keeper: Keeper,
    heard: Heard,
    around: Surroundings,
    look: Callable[[], StoreView],
) -> Callable[[], list[Sample]]:
    """All figures of a node, in a call of its own for each scrape."""

    def samples() -> list[Sample]:
        found: list[Sample] = [("evx_node_info", tuple(info), 1)]
        found += of_keeper(keeper, heard)
        found += of_surroundings(around, heard.clock.now())
        try:
            found += of_store(look())
        except HubError:
            return [*found, ("evx_store_up", (), 0)]
        return [*found, ("evx_store_up", (), 1)]

    return samples
