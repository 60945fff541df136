"""What is broken, and how it is mended: one class a fault, the very thing chosen by the seed.

A fault's `act` breaks it and returns how to mend it. `bound` is the p95 in seconds that the class
must keep of its `figure`, where one is promised:
- `wait`: the longest that a voucher issued after the fault took to be on record at its bank;
- `first`: from the fault to the first voucher issued after it on record at the hub: where nobody
  but the other instance can have put it there;
- `hub_wait`: the longest that a voucher issued after the fault took to the hub's record: where the
  old instance goes on for a while, the first one says nothing of the takeover.
"""

import os
import resource
import signal
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from random import Random
from typing import Final

from hub.errors import StoreDown
from hub.parties import NodeId
from ops.demo.ground import CHANNELS
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.deploy.account import Account
from ops.drill.standby import stands_by
from ops.wiring_store import open_lease
from tests.support.campaign.ground import LINES, CampaignSite, ground_of
from tests.support.processes import by_role, family, until

Mend = Callable[[], None]
KILLED: Final = 0.5
SILENT: Final = 3.5
TAKEOVER: Final = 5.0
SWITCHOVER: Final = 3.0
READY_SECONDS: Final = 300.0
"""A broker boots in 6 s, or much longer on a busy machine."""
OFFSETS_SECONDS: Final = (-250, -70, -5, 5, 70, 250)
"""A seal may be made up to 300 s after its first record (protocol 8)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One class."""

    name: str
    act: Callable[[CampaignSite, Random], Mend]
    hold: tuple[float, float] = (1.0, 2.0)
    """How long until it is mended, at least and at most."""
    bound: float = 0.0
    """Seconds; 0: none is promised."""
    figure: str = "wait"
    before: Callable[[CampaignSite], object] = lambda _site: None
    """Waits until what the fault rests on has come up."""


# --- channels -------------------------------------------------------------------------------------


def _broker_killed(site: CampaignSite, chance: Random) -> Mend:
    broker = ground_of(site).broker(chance.choice(CHANNELS))
    broker.kill()

    def mend() -> None:
        broker.start()
        broker.wait_ready(READY_SECONDS)

    return mend


def _broker_wiped(site: CampaignSite, chance: Random) -> Mend:
    broker = ground_of(site).broker(chance.choice(CHANNELS))
    broker.kill()
    broker.wipe()

    def mend() -> None:
        broker.start()
        broker.wait_ready(READY_SECONDS)

    return mend


def _broker_frozen(site: CampaignSite, chance: Random) -> Mend:
    broker = ground_of(site).broker(chance.choice(CHANNELS))
    broker.freeze()
    return broker.thaw


def _broker_disk_full(site: CampaignSite, chance: Random) -> Mend:
    """No file of its can grow; a broker that met this is started anew when there is room again."""
    broker = ground_of(site).broker(chance.choice(CHANNELS))
    assert broker.pid is not None
    _no_room(broker.account, [broker.pid])

    def mend() -> None:
        broker.kill()
        broker.start()
        broker.wait_ready(READY_SECONDS)

    return mend


def _line(verbs: Sequence[str]) -> Callable[[CampaignSite, Random], Mend]:
    """These verbs of the proxies of one side of a channel that is in use."""

    def act(site: CampaignSite, chance: Random) -> Mend:
        lines = ground_of(site).lines
        name = chance.choice(CHANNELS)
        used = [line for line in LINES if lines[name, line].connections]
        main = chance.choice(used or list(LINES))
        both = main != "parties" and chance.random() < 0.5
        cut = [lines[name, line] for line in (LINES[:2] if both else (main,))]
        for proxy in cut:
            for verb in verbs:
                getattr(proxy, verb)()

        def mend() -> None:
            for proxy in cut:
                proxy.pass_on()

        return mend

    return act


def _two_channels_cut(site: CampaignSite, chance: Random) -> Mend:
    """Every line of two channels, at both ends: everything goes by the third."""
    lines = ground_of(site).lines
    gone = chance.sample(CHANNELS, 2)
    cut = [lines[name, line] for name in gone for line in LINES]
    for proxy in cut:
        proxy.refuse()
        proxy.reset()

    def mend() -> None:
        for proxy in cut:
            proxy.pass_on()

    return mend


# --- the hub's processes --------------------------------------------------------------------------


def _active(site: CampaignSite) -> str:
    """The hub's instance that holds the lease, all of whose processes have come up."""
    found = list[str]()

    def known() -> bool:
        with suppress(StoreDown):
            found[:] = [machine for machine in [site.active(HUB_NODE)] if machine]
        if not found or (instance := f"{HUB_NODE}-{found[0]}") not in site.processes:
            return False
        return len(by_role(site.processes[instance].pid)) == 4

    assert until(known, 60), "no hub is active"
    return f"{HUB_NODE}-{found[0]}"


def _pair(site: CampaignSite) -> None:
    """The hub's other instance could take over: its processes have loaded and rest."""
    other = site.processes[_standby(site)].pid
    assert until(lambda: len(by_role(other)) == 4 and stands_by(family(other), 3), READY_SECONDS), (
        "the standby does not come up"
    )


def _child(role: str, *, frozen: bool) -> Callable[[CampaignSite, Random], Mend]:
    """One child of the active hub; a killed one is begun again by its keeper."""

    def act(site: CampaignSite, chance: Random) -> Mend:
        pids = by_role(site.processes[_active(site)].pid)
        pid = pids[chance.choice([name for name in pids if name.startswith(role)])]
        _signal(pid, signal.SIGSTOP if frozen else signal.SIGKILL)
        return lambda: _signal(pid, signal.SIGCONT) if frozen else None

    return act


def _keeper_killed(site: CampaignSite, _: Random) -> Mend:
    instance = _active(site)
    site.processes[instance].kill()
    return lambda: _begin_again(site, instance)


def _keeper_frozen(site: CampaignSite, _: Random) -> Mend:
    pid = site.processes[_active(site)].pid
    _signal(pid, signal.SIGSTOP)
    return lambda: _signal(pid, signal.SIGCONT)


def _switchover(site: CampaignSite, _: Random) -> Mend:
    """As `hubctl lease switchover` does it; the way back is another cycle's."""
    other = "b" if _active(site).endswith("a") else "a"
    with closing(open_lease(site.ground.store(HUB_NODE))) as lease:
        lease.hand_over(f"{HUB_NODE}-{other}", 3000)
    return lambda: None


def _stopped(site: CampaignSite, _: Random) -> Mend:
    """The active instance is stopped in order, and started again."""
    instance = _active(site)
    site.processes[instance].terminate()
    return lambda: _begin_again(site, instance)


def _killed(site: CampaignSite, instance: str) -> Mend:
    """All processes of an instance at once; it is started again."""
    for pid in family(site.processes[instance].pid):
        _signal(pid, signal.SIGKILL)
    return lambda: _begin_again(site, instance)


def _node_killed(site: CampaignSite, _: Random) -> Mend:
    return _killed(site, _active(site))


def _node_frozen(site: CampaignSite, _: Random) -> Mend:
    return _freeze(family(site.processes[_active(site)].pid))


def _standby(site: CampaignSite) -> str:
    return f"{HUB_NODE}-b" if _active(site).endswith("a") else f"{HUB_NODE}-a"


def _standby_killed(site: CampaignSite, _: Random) -> Mend:
    return _killed(site, _standby(site))


def _standby_frozen(site: CampaignSite, _: Random) -> Mend:
    return _freeze(family(site.processes[_standby(site)].pid))


# --- parties --------------------------------------------------------------------------------------


def _party(site: CampaignSite, chance: Random) -> str:
    nodes = [BUREAU_NODE, *site.town.bank_nodes.values()]
    return f"{chance.choice(nodes)}-a"


def _party_killed(site: CampaignSite, chance: Random) -> Mend:
    return _killed(site, _party(site, chance))


def _party_frozen(site: CampaignSite, chance: Random) -> Mend:
    return _freeze(family(site.processes[_party(site, chance)].pid))


def _party_child_killed(site: CampaignSite, chance: Random) -> Mend:
    pids = by_role(site.processes[_party(site, chance)].pid)
    _signal(pids[chance.choice([name for name in pids if name != "keep"])], signal.SIGKILL)
    return lambda: None


def _party_keeper_killed(site: CampaignSite, chance: Random) -> Mend:
    """Its children end by themselves; it is begun again while some may still be at it."""
    instance = _party(site, chance)
    site.processes[instance].kill()
    return lambda: _begin_again(site, instance)


# --- stores, disks, clocks ------------------------------------------------------------------------


def _postgres_killed(site: CampaignSite, _: Random) -> Mend:
    server = ground_of(site).databases.server
    server.kill()
    return server.start


def _postgres_frozen(site: CampaignSite, _: Random) -> Mend:
    """Nobody can tell who holds the lease, nor whether a commit came through."""
    server = ground_of(site).databases.server
    server.freeze()
    return lambda: server.freeze(thaw=True)


def _postgres_disk_full(site: CampaignSite, _: Random) -> Mend:
    """No file of its can grow: it panics over its log and ends, or refuses to write."""
    server = ground_of(site).databases.server
    assert server.pid is not None
    _no_room(server.account, family(server.pid))

    def mend() -> None:
        server.kill()
        server.start()

    return mend


def _party_disk_full(site: CampaignSite, chance: Random) -> Mend:
    """No file of the node's processes can grow: neither store nor log."""
    instance = _party(site, chance)
    keeper = site.processes[instance].pid
    _limit(family(keeper), 0)

    def mend() -> None:
        _limit(family(keeper), resource.RLIM_INFINITY)
        if site.processes[instance].poll() is not None:
            _begin_again(site, instance)

    return mend


def _clock_offset(site: CampaignSite, chance: Random) -> Mend:
    """One process's wall clock jumps, and comes back."""
    instance = chance.choice([_active(site), _party(site, chance)])
    names = [f"{instance}-{role}" for role in by_role(site.processes[instance].pid)]
    process = chance.choice(names)
    site.set_clock(process, chance.choice(OFFSETS_SECONDS))
    return lambda: site.set_clock(process, 0)


def _begin_again(site: CampaignSite, instance: str) -> None:
    node, _, machine = instance.rpartition("-")
    site.forget(instance)
    site.start(NodeId(node), machine)


def _freeze(pids: Sequence[int]) -> Mend:
    for pid in pids:
        _signal(pid, signal.SIGSTOP)

    def thaw() -> None:
        for pid in pids:
            _signal(pid, signal.SIGCONT)

    return thaw


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _no_room(account: Account, pids: Sequence[int]) -> None:
    """No file of these can grow; only their own account may say so."""
    for pid in pids:
        account.run(["prlimit", "--pid", str(pid), "--fsize=0:"], check=False)


def _limit(pids: Sequence[int], octets: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (octets, hard))


FAULTS: Final = (
    Fault("broker_killed", _broker_killed, (0.5, 2.0), KILLED),
    Fault("broker_frozen", _broker_frozen, (4.0, 5.5), SILENT),
    Fault("broker_wiped", _broker_wiped, (0.5, 2.0), KILLED),
    Fault("broker_disk_full", _broker_disk_full, (4.0, 5.5), SILENT),
    Fault("line_cut", _line(["refuse", "reset"]), (4.0, 5.0), SILENT),
    Fault("line_silent", _line(["silence"]), (4.0, 5.5), SILENT),
    Fault("line_reset", _line(["reset"]), (0.1, 1.0), SILENT),
    Fault("line_half_open", _line(["half_open"]), (4.0, 5.0), SILENT),
    Fault("two_channels_cut", _two_channels_cut, (4.0, 5.0), SILENT),
    Fault("worker_killed", _child("work", frozen=False), before=_active),
    Fault("worker_frozen", _child("work", frozen=True), (2.5, 4.0), before=_active),
    Fault("dispatcher_killed", _child("send", frozen=False), before=_active),
    Fault("dispatcher_frozen", _child("send", frozen=True), (2.0, 3.5), before=_active),
    Fault("keeper_killed", _keeper_killed, (5.0, 5.5), TAKEOVER, "hub_wait", _pair),
    Fault("keeper_frozen", _keeper_frozen, (5.0, 5.5), TAKEOVER, "hub_wait", _pair),
    Fault("node_killed", _node_killed, (5.0, 5.5), TAKEOVER, "first", _pair),
    Fault("node_frozen", _node_frozen, (5.0, 7.0), TAKEOVER, "first", _pair),
    Fault("switchover", _switchover, (2.0, 3.0), SWITCHOVER, "hub_wait", _pair),
    Fault("node_stopped", _stopped, (3.0, 4.0), SWITCHOVER, "hub_wait", _pair),
    Fault("standby_killed", _standby_killed, before=_pair),
    Fault("standby_frozen", _standby_frozen, (3.5, 4.5), before=_pair),
    Fault("party_killed", _party_killed),
    Fault("party_frozen", _party_frozen, (2.0, 5.0)),
    Fault("party_child_killed", _party_child_killed),
    Fault("party_keeper_killed", _party_keeper_killed),
    Fault("postgres_frozen", _postgres_frozen, (1.0, 5.0), before=_pair),
    Fault("postgres_killed", _postgres_killed, (0.2, 1.5), before=_pair),
    Fault("postgres_disk_full", _postgres_disk_full, (2.0, 3.0), before=_pair),
    Fault("party_disk_full", _party_disk_full, (2.0, 4.0)),
    Fault("clock_offset", _clock_offset, (3.0, 5.0), before=_active),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
