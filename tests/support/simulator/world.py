"""A whole environment in one thread: nodes, channels, time and chance, all from one seed.

A run is: submit vouchers while faults happen, then a healthy tail, then `problems()` must be empty.
The same seed gives the same run.
"""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from adapters.embedded.memory_channel import MemoryBroker, Weather
from adapters.embedded.memory_store import MemoryStore
from adapters.embedded.memory_tables import Snapshot
from hub.errors import SealBroken
from hub.exchange.model import Item, MessageClass, Outgoing, Packet
from hub.exchange.packets import encode_packet
from hub.exchange.relay import Relay
from hub.exchange.routing import Directory
from hub.parties import NodeId, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId
from tests.support.plain import a_kind, sealed
from tests.support.simulator.clock import SimClock
from tests.support.simulator.ends import EFFECTS, REFUSED, End
from tests.support.simulator.machine import Machine, Site

ENV = "sim"
HUB, BUREAU, BANK = NodeId("hub"), NodeId("bureau"), NodeId("bank")
FINANCE, AGENT = Party("011", "370100"), Party("102", "370100")
DIRECTORY = Directory(
    HUB,
    Party("999", "hub"),
    {
        HUB: frozenset({Party("999", "hub")}),
        BUREAU: frozenset({FINANCE}),
        BANK: frozenset({AGENT}),
    },
)
KINDS = {code: a_kind(code) for code in ("5201", "ST01")}
ROUGH = Weather(
    drop=0.02, duplicate=0.05, delay=0.1, delay_ticks=30, reorder=0.1, refuse=0.02, unknown=0.05
)


class World:
    """Three nodes, the hub with two actives, three channels."""

    def __init__(self, seed: int, machine: type[Machine] = Machine) -> None:
        self.chance = Random(seed)
        self.clock = SimClock()
        self.brokers = [
            MemoryBroker(f"c{n}", DIRECTORY.nodes, weather=Weather(), chance=self.chance)
            for n in (1, 2, 3)
        ]
        self.sites = {node: self._site(node) for node in DIRECTORY.nodes}
        self.machines = [
            machine(self.sites[HUB], "a"),
            machine(self.sites[HUB], "b"),
            machine(self.sites[BUREAU], "a"),
            machine(self.sites[BANK], "a"),
        ]
        self.submitted: list[Voucher] = []
        self.hopeless: list[Voucher] = []
        """Posted by the bureau, and refused by everybody who verifies."""
        self.faults = 0
        self.kept: list[tuple[NodeId, Snapshot]] = []
        self.lives = 1

    def _site(self, node: NodeId) -> Site:
        store = MemoryStore(self.clock, f"{node}-1")

        def application(machine: Machine) -> Any:
            if node == HUB:
                return Relay(machine.place, machine.verifier)
            return End(machine)

        return Site(ENV, node, DIRECTORY, KINDS, store, self.brokers, self.clock, application)

    # --- what people do ---------------------------------------------------------------------------

    def draft(self, number: str, fields: dict[str, str] | None = None) -> Draft:
        identity = VoucherId(ENV, "370100", "2026", "5201", FINANCE, number)
        return Draft(
            LayerId(identity, LayerType.ORIGINAL, FINANCE), 1, (str(AGENT),), Body(fields or {})
        )

    def submit(self, number: str) -> None:
        """The bureau makes a voucher; a crash while posting means it never existed."""
        machine = self.of(BUREAU)
        voucher = sealed(self.draft(number))

        def post() -> None:
            with machine.store.begin() as tx:
                tx.fence.require_incarnation(machine.place.incarnation)
                machine.poster.post(tx, [voucher])
                tx.commit()

        if self.chance.random() < 0.2:
            self.inject(sealed(self.draft(number, {"Payee": "stranger"}), forged=True))
        machine.act(post)
        if self.on_record(BUREAU, voucher):
            self.submitted.append(voucher)

    def submit_hopeless(self) -> None:
        """The bureau posts something that will be refused: its number stays a gap for ever."""
        machine = self.of(BUREAU)
        voucher = sealed(self.draft(f"hopeless-{len(self.hopeless)}"), forged=True)

        def post() -> None:
            with machine.store.begin() as tx:
                tx.fence.require_incarnation(machine.place.incarnation)
                machine.poster.post(tx, [voucher])
                tx.commit()

        with suppress(SealBroken):  # trust has changed: it is judged again before it is posted
            machine.act(post)
        if self.on_record(BUREAU, voucher):
            self.hopeless.append(voucher)

    def on_record(self, node: NodeId, voucher: Voucher) -> bool:
        """Whether a node has the top layer on record."""
        with self.sites[node].store.read() as tx:
            return str(voucher.top.id) in tx.layers([str(voucher.top.id)])

    def conflict(self) -> None:
        """A number that the hub knows comes again, well sealed, with other content."""
        known = [v for v in self.submitted if self.on_record(HUB, v)]
        if known:
            number = self.chance.choice(known).id.number
            self.inject(sealed(self.draft(number, {"Payee": "somebody else"})))

    def reseal(self) -> None:
        """A voucher that the hub knows comes again under another valid seal."""
        known = [v for v in self.submitted if self.on_record(HUB, v)]
        if known:
            number = self.chance.choice(known).id.number
            self.inject(sealed(self.draft(number), nonce=self.chance.randbytes(4)))

    def change_trust(self, node: NodeId) -> None:
        """A list has changed: every verdict under way there is made again."""
        with self.sites[node].store.begin() as tx:
            tx.raise_trust_state()
            tx.commit()

    @staticmethod
    def packet(voucher: Voucher, sender: NodeId, receiver: NodeId) -> Packet:
        """A packet with one voucher for the hub, of an unknown life of its sender."""
        item = Item(
            f"{voucher.top.id}/999.hub/relay", Party("999", "hub"), 1, 1, False, None,
            voucher.octets,
        )  # fmt: skip
        return Packet(ENV, sender, receiver, MessageClass.ONLINE, "stranger", (item,))

    def inject(self, voucher: Voucher, sender: NodeId = BUREAU, receiver: NodeId = HUB) -> None:
        """Put octets of somebody's making on a channel, as the sender's node would."""
        packet = self.packet(voucher, sender, receiver)
        channel = self.chance.choice(self.brokers).channel(sender)
        if channel.health().state == "up":
            channel.publish([Outgoing(1, receiver, MessageClass.ONLINE, encode_packet(packet))])

    def of(self, node: NodeId) -> Machine:
        return self.chance.choice([m for m in self.machines if m.site.node == node])

    # --- running ----------------------------------------------------------------------------------

    def step(self) -> None:
        """A little time passes, one machine does one thing."""
        self.clock.advance(self.chance.randint(1, 200))
        for broker in self.brokers:
            broker.tick()
        machine = self.chance.choice(self.machines)
        if machine.frozen:
            machine.frozen -= 1
            return
        machine.act(self.chance.choice(self._actions(machine)))

    @staticmethod
    def _actions(machine: Machine) -> list[Callable[[], None]]:
        return [
            lambda: machine.receive(50),
            lambda: machine.receive(3),
            machine.dispatch,
            machine.dispatch,
            machine.retransmit,
            machine.state,
            machine.beat,
        ]

    def fault(self) -> None:
        """One fault, by chance."""
        self.faults += 1
        broker = self.chance.choice(self.brokers)
        machine = self.chance.choice(self.machines)
        turns = self.chance.randint(1, 40)
        faults: tuple[Callable[[], None], ...] = (
            broker.down,
            broker.up,
            broker.wipe,
            broker.vanish,
            broker.lose_unconfirmed,
            machine.crash,
            lambda: machine.crash_after(turns),
            lambda: machine.freeze(turns),
            self.conflict,
            self.reseal,
            self.submit_hopeless,
            lambda: self.change_trust(machine.site.node),
            lambda: self.change_weather(broker),
        )
        self.chance.choice(faults)()

    def change_weather(self, broker: MemoryBroker) -> None:
        """Rough or calm."""
        broker.weather = self.chance.choice((ROUGH, Weather()))

    def keep(self) -> None:
        """Somebody makes a backup."""
        node = self.chance.choice(sorted(self.sites))
        self.kept.append((node, self.sites[node].store.snapshot()))

    def restore(self) -> None:
        """A node goes back to an earlier backup, in a new life; what ran before still runs."""
        if not self.kept:
            return
        node, snapshot = self.chance.choice(self.kept)
        self.lives += 1
        self.sites[node].store.restore(snapshot, f"{node}-life-{self.lives}")

    def heal(self) -> None:
        """Everybody lives, every channel works."""
        for broker in self.brokers:
            broker.up()
            broker.weather = Weather()
        for machine in self.machines:
            machine.frozen = 0
            machine.crash_in = 0

    def tail(self, rounds: int = 60) -> None:
        """A healthy time, long enough for every deadline."""
        self.heal()
        for _ in range(rounds):
            self.clock.advance(2000)
            for broker in self.brokers:
                broker.tick(50)
            for machine in self.machines:
                for action in (machine.beat, machine.retransmit, machine.state, machine.dispatch):
                    machine.act(action)
                for _again in range(3):
                    machine.act(lambda machine=machine: machine.receive(100))  # type: ignore[misc]
                    machine.act(machine.dispatch)
            if not self.problems():
                return

    def intruders(self) -> list[str]:
        """Writes of processes that belong to an earlier life of their store."""
        return [v for site in self.sites.values() for v in site.violations if "life" in v]

    # --- what must hold ---------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """Everything that is not as it must be after the tail."""
        found = []
        bank = self.rows(BANK)
        bureau = self.rows(BUREAU)
        for voucher in self.submitted:
            original = str(voucher.top.id)
            receipt = str(LayerId(voucher.id, LayerType.RECEIPT, AGENT))
            for rows, layer in ((bank, original), (bureau, receipt)):
                count = rows.get(layer, 0)
                if count != 1:
                    found.append(f"{layer} took effect {count} times")
        wanted = 2 * len(self.submitted)
        if len(bank) + len(bureau) != wanted:
            found.append(f"{len(bank) + len(bureau)} effects instead of {wanted}")
        found += self._accepted()
        for node, site in self.sites.items():
            found += site.violations
            with site.store.read() as tx:
                if tx.open_hops():
                    found.append(f"{node} has {tx.open_hops()} open rows")
                if tx.backlog().statements:
                    found.append(f"{node} has statements to make")
                if node != BANK:
                    found += self._unstated(node, tx)
        return found

    def _accepted(self) -> list[str]:
        with self.sites[BUREAU].store.read() as tx:
            refused = tx.rows(REFUSED)
        names = [f"{v.top.id}/999.hub/relay" for v in self.hopeless]
        return [f"{name} was not refused" for name in names if name not in refused]

    def _unstated(self, node: NodeId, tx: Any) -> list[str]:
        status = tx.status_of({str(v.id) for v in self.submitted})
        return [
            f"{node} does not know {v.id} as signed for"
            for v in self.submitted
            if not any(
                e.layer_id == str(v.top.id) and e.status == "signed_for"
                for e in status.get(str(v.id), ())
            )
        ]

    def rows(self, node: NodeId) -> dict[str, int]:
        with self.sites[node].store.read() as tx:
            return dict(tx.rows(EFFECTS))


def run(
    seed: int, vouchers: int = 30, faults: int = 20, machine: type[Machine] = Machine,
    restores: int = 0,
) -> World:  # fmt: skip
    """One seed: vouchers, faults and restores mixed, then the tail."""
    world = World(seed, machine)
    plan = ["v"] * vouchers + ["f"] * faults + ["s"] * (vouchers * 12)
    plan += ["k", "r"] * restores
    world.chance.shuffle(plan)
    number = 0
    for what in plan:
        if what == "v":
            number += 1
            world.submit(f"{number:06d}")
        elif what == "f":
            world.fault()
        elif what == "k":
            world.keep()
        elif what == "r":
            world.restore()
        else:
            world.step()
    world.tail()
    return world
