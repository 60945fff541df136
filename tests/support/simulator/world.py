"""A whole environment in one thread: nodes, channels, time and chance, all from one seed.

A run is: submit vouchers while faults happen, then a healthy tail, then `problems()` must be empty.
The same seed gives the same run.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from adapters.embedded.memory_store import MemoryStore
from hub.errors import SealBroken
from hub.exchange.model import Item, MessageClass, Outgoing, Packet
from hub.exchange.muteness import require_voice
from hub.exchange.packets import encode_packet
from hub.exchange.relay import Relay
from hub.exchange.routing import Directory
from hub.parties import NodeId, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId
from tests.support.plain import a_kind, sealed
from tests.support.simulator.carrying import Media
from tests.support.simulator.clock import SimClock, SiteClock
from tests.support.simulator.ends import EFFECTS, REFUSED, End
from tests.support.simulator.machine import Machine, Site
from tests.support.simulator.stage import HUSHES, Stage

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


class World(Stage):
    """Three nodes, the hub with two actives, three channels."""

    def __init__(self, seed: int, machine: type[Machine] = Machine) -> None:
        super().__init__(seed, SimClock(), DIRECTORY.nodes)
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
        self.media = Media(self)

    def _site(self, node: NodeId) -> Site:
        clock = SiteClock(self.clock)
        store = MemoryStore(clock, f"{node}-1")

        def application(machine: Machine) -> Any:
            if node == HUB:
                return Relay(machine.place, machine.verifier)
            return End(machine)

        return Site(ENV, node, DIRECTORY, KINDS, store, self.brokers, clock, application)

    # --- what people do ---------------------------------------------------------------------------

    def draft(self, number: str, fields: dict[str, str] | None = None) -> Draft:
        identity = VoucherId(ENV, "370100", "2026", "5201", FINANCE, number)
        return Draft(
            LayerId(identity, LayerType.ORIGINAL, FINANCE), 1, (str(AGENT),), Body(fields or {})
        )

    def submit(self, number: str) -> None:
        """The bureau makes a voucher; a crash while posting means it never existed."""
        voucher = sealed(self.draft(number))
        if self.chance.random() < 0.2:
            self.inject(sealed(self.draft(number, {"Payee": "stranger"}), forged=True))
        self._post([voucher])
        if self.on_record(BUREAU, voucher):
            self.submitted.append(voucher)

    def submit_hopeless(self) -> None:
        """The bureau posts something that will be refused: its number stays a gap for ever."""
        voucher = sealed(self.draft(f"hopeless-{len(self.hopeless)}"), forged=True)
        with suppress(SealBroken):  # trust has changed: it is judged again before it is posted
            self._post([voucher])
        if self.on_record(BUREAU, voucher):
            self.hopeless.append(voucher)

    def submit_forgotten(self) -> None:
        """The bureau's people hold their own list against their restored node's."""
        forgotten = [v for v in self.submitted if not self.on_record(BUREAU, v)]
        if forgotten:
            self._post(forgotten)

    def submit_otherwise(self) -> None:
        """Numbers that a restored node has forgotten are used again, for something else."""
        for place, old in enumerate(self.submitted):
            if self.on_record(BUREAU, old):
                continue
            new = sealed(self.draft(old.id.number, {"Payee": f"entered in life {self.lives}"}))
            self._post([new])
            if self.on_record(BUREAU, new):
                self.submitted[place] = new
                self.give_up(str(new.top.id))

    def _post(self, vouchers: Sequence[Voucher]) -> None:
        machine = self.of(BUREAU)

        def post() -> None:
            with machine.store.begin() as tx:
                tx.fence.require_incarnation(machine.place.incarnation)
                require_voice(tx, DIRECTORY.neighbours(BUREAU))
                machine.poster.post(tx, vouchers)
                tx.commit()

        machine.act(post)

    def on_record(self, node: NodeId, voucher: Voucher) -> bool:
        """Whether a node has the top layer on record."""
        with self.sites[node].store.read() as tx:
            return str(voucher.top.id) in tx.layers([str(voucher.top.id)])

    def conflict(self) -> None:
        """A number that the hub knows comes again, well sealed, with other content."""
        known = [v for v in self.submitted if self.on_record(HUB, v)]
        if known:
            self.conflict_of(self.chance.choice(known).id.number)

    def conflict_of(self, number: str) -> None:
        """This number comes with other content."""
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

    def packet(self, voucher: Voucher, sender: NodeId, receiver: NodeId) -> Packet:
        """A packet with one voucher for the hub, as its sender's node would make it now."""
        item = Item(
            f"{voucher.top.id}/999.hub/relay", Party("999", "hub"), 1, 1, False, None,
            voucher.octets,
        )  # fmt: skip
        life = self.sites[sender].incarnation
        return Packet(ENV, sender, receiver, MessageClass.ONLINE, life, (item,))

    def inject(self, voucher: Voucher, sender: NodeId = BUREAU, receiver: NodeId = HUB) -> None:
        """Put octets of somebody's making on a channel, as the sender's node would."""
        packet = self.packet(voucher, sender, receiver)
        channel = self.chance.choice(self.brokers).channel(sender)
        if channel.health().state == "up":
            channel.publish([Outgoing(1, receiver, MessageClass.ONLINE, encode_packet(packet))])

    # --- running ----------------------------------------------------------------------------------

    def own_faults(self, machine: Machine) -> list[Callable[[], object]]:
        return [
            self.conflict,
            self.reseal,
            self.submit_hopeless,
            lambda: self.change_trust(machine.site.node),
        ]

    def tail(self, rounds: int = 60) -> None:
        """A healthy time, long enough for every deadline."""

        def settled() -> bool:
            if self.lives > 1:
                self.chance.choice((self.submit_forgotten, self.submit_otherwise))()
                self.echo()
            return not self.problems()

        self.rest(rounds, 2000, settled)

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
        found += self._accepted() + self._otherwise()
        for node in (HUB, BUREAU):
            with self.sites[node].store.read() as tx:
                found += self._unstated(node, tx)
        return found + self.unrested()

    def _accepted(self) -> list[str]:
        with self.sites[BUREAU].store.read() as tx:
            refused = tx.rows(REFUSED)
        known = [v for v in self.hopeless if self.on_record(BUREAU, v)]
        names = [f"{v.top.id}/999.hub/relay" for v in known]
        return [f"{name} was not refused" for name in names if name not in refused]

    def _otherwise(self) -> list[str]:
        """Whoever has a voucher on record has the content that its issuer stands for."""
        found = []
        meant = {str(v.top.id): v.top.body_digest for v in self.submitted}
        for node, site in self.sites.items():
            with site.store.read() as tx:
                rows = tx.layers(meant)
            found += [
                f"{node} has another {name} than its issuer means"
                for name, row in rows.items()
                if row.body_digest != meant[name]
            ]
        return found

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
    restores: int = 0, carries: int = 0, *, hushes: int = HUSHES, people: type[World] = World,
) -> World:  # fmt: skip
    """One seed: vouchers, faults, silences, restores and carried files mixed, then the tail."""
    world = people(seed, machine)
    plan = ["v"] * vouchers + ["f"] * faults + ["s"] * (vouchers * 12)
    plan += ["k", "r", "l", "e", "o"] * restores + ["c"] * carries + ["h"] * hushes
    world.chance.shuffle(plan)
    numbers = iter(range(1, vouchers + 1 + 2 * restores))

    def speak() -> None:
        for _ in range(2):
            world.submit(f"{next(numbers):06d}")
            for _ in range(12):
                world.step()

    acts: dict[str, Callable[[], object]] = {
        "v": lambda: world.submit(f"{next(numbers):06d}"),
        "f": world.fault,
        "h": world.hush,
        "s": world.step,
        "k": world.keep,
        "r": world.restore,
        "c": world.media.move,
        "e": world.echo,
        "l": lambda: world.relapse(speak),
        "o": world.submit_otherwise,
    }
    for what in plan:
        acts[what]()
    world.tail(60 + 60 * restores)
    return world
