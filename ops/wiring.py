"""Wiring: settings become a node's parts. The only place that names adapters.

Everything is built for one process and given to it whole; nothing here runs, loops or decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from adapters.cores.audit import CoreBook, open_core_book
from adapters.cores.opening import open_core
from adapters.cores.served import StoreMailbox
from adapters.embedded.channel import EmbeddedChannel
from adapters.embedded.channel_file import held as held_messages
from adapters.store.archive_file import ArchiveFolder
from adapters.store.verify import Verified
from adapters.store.verify import verify as verify_store
from hub.clearing.calendar import Calendar
from hub.desks.control import ControlClerk
from hub.desks.ports import CoreBanking
from hub.errors import Misconfigured
from hub.exchange.beating import Beater
from hub.exchange.beside import Aids
from hub.exchange.clocks import Clocks
from hub.exchange.dead import Graveyard
from hub.exchange.dispatch import Dispatcher
from hub.exchange.echo import Echo, Voice
from hub.exchange.model import ChannelHealth
from hub.exchange.ordered_channel import OrderedChannel, StandingOrders
from hub.exchange.party_orders import PartyOrders
from hub.exchange.place import Place
from hub.exchange.ports import Channel
from hub.exchange.posting import Poster
from hub.exchange.relay import Relay
from hub.exchange.resyncer import Resyncer
from hub.exchange.routing import Directory
from hub.exchange.sealing import PartySealer
from hub.exchange.service import Exchange
from hub.exchange.stating import Stater
from hub.exchange.verifying import Verification
from hub.fence import Fence
from hub.journal import Lane
from hub.observer import Fact, Observer
from hub.parties import NodeId, Party
from hub.trust.keeping import Here
from hub.trust.list_keeping import TrustKeeping
from hub.trust.release_keeping import ReleaseKeeping
from hub.trust.view import View
from hub.voucher.model import Voucher
from hub.voucher.ports import SealMaker, Suite
from hub.voucher.releases import Releases
from hub.voucher.suites.p256_sha256 import P256Sha256
from hub.voucher.suites.sm2_sm3 import open_suite
from keys.custody import FileNodeSigner, Vault
from keys.keyring import Keyring, open_keyring, open_node_signer
from keys.remote_signer import RemoteSigner
from keys.trust_source import TrustSource
from ops.clock import SystemClock
from ops.desk_wiring import Both, NoDesk, build_desk
from ops.documents_wiring import (
    build_documents,
    build_release_keeping,
    build_release_source,
    build_rounds,
)
from ops.echo_wiring import build_echo
from ops.release_source import StoredReleases
from ops.secret_files import secret
from ops.send import Sending, Wake
from ops.settings import ChannelSettings, NodeSettings
from ops.trust_source import StoredTrust, directory
from ops.wiring_signer import remote_signer
from ops.wiring_store import open_store

__all__ = [
    "CoreBook",
    "Parts",
    "Verified",
    "held_messages",
    "open_core_book",
    "verify_store",
]


@dataclass(frozen=True)
class Parts:
    """What one process of a node is made of; each part is built when first asked for."""

    settings: NodeSettings
    slot: str
    start: str
    observe: Observer
    clock: SystemClock
    moved: Callable[[], None] = lambda: None
    """Called when a new list says otherwise who is served where: this process is to begin anew."""
    voice: Voice = field(default_factory=Voice)
    """Answers probes by the channels that this process has opened."""

    @cached_property
    def suites(self) -> dict[str, Suite]:
        """The signature suites, by name; SM2 passes its known-answer test here or fails."""
        return suites(self.settings.libcrypto, self.settings.sm2_tables)

    @cached_property
    def releases(self) -> Releases:
        """The catalogue releases that the store has."""
        return self.release_source.releases

    @cached_property
    def release_source(self) -> StoredReleases:
        """Reads catalogue releases from the store."""
        return build_release_source(self)

    @cached_property
    def release_keeping(self) -> ReleaseKeeping[Any]:
        """Takes catalogue releases."""
        return build_release_keeping(self)

    @cached_property
    def store(self) -> Any:  # noqa: ANN401 - SQL and memory stores share no class
        """The node's store."""
        store = open_store(self.settings.store.url)
        if self.settings.archive is not None:
            files = ArchiveFolder(self.settings.archive.folder, self.settings.node)
            store.archive = files.octets
        return store

    @cached_property
    def lane(self) -> Lane:
        """Where this process writes its journal."""
        return Lane(self.fence.incarnation, self.settings.machine, self.slot, self.start)

    @cached_property
    def trust_source(self) -> StoredTrust:
        """The node's trust, in its store; pinned keys in its folder."""
        folder, env = self.settings.trust, self.settings.env
        source = TrustSource(folder, env, self.suites, self.releases, self.clock.now)
        return StoredTrust(source, self.store, self.here(frozenset()), self.observe)

    def here(self, parties: frozenset[Party]) -> Here:
        """This process, as what keeps trust names it."""
        return Here(NodeId(self.settings.node), parties, self.fence.incarnation, str(self.lane))

    @cached_property
    def keeping(self) -> TrustKeeping[Any]:
        """Takes trust lists; tells of changes of this node's own entries."""
        own = self.directory.nodes.get(NodeId(self.settings.node), frozenset[Party]())
        return self.trust_source.keeping(self.here(own))

    @cached_property
    def _views(self) -> dict[int, View]:
        return {}

    def view(self, state: int) -> View:
        """The trust of a state, read once."""
        if state not in self._views:
            begun = self.clock.monotonic()
            self.release_source.refresh()
            view = self.trust_source.load(state)
            took = round((self.clock.monotonic() - begun) * 1000)
            self.observe(Fact("trust_loaded", {"trust_state": state, "n": view.number, "ms": took}))
            self._views.clear()
            self._views[state] = view
            self._rings.clear()  # seals may have been rotated
            self._remote.clear()
            if "directory" in vars(self) and directory(view.trust) != self.directory:
                self.moved()
        return self._views[state]

    def refresh(self) -> None:
        """Take over the trust that is in force in the store now."""
        with self.store.read() as tx:
            state = tx.fence.trust_state
        self.verification.refresh(state)

    @cached_property
    def fence(self) -> Fence:
        """The store's life and trust state as this process starts."""
        with self.store.read() as tx:
            found: Fence = tx.fence
            return found

    @cached_property
    def verification(self) -> Verification:
        """The voucher library under the trust in force."""
        return Verification(
            self.settings.env,
            self.suites,
            self.releases,
            self.view,
            self.fence.trust_state,
        )

    @cached_property
    def directory(self) -> Directory:
        """Nodes and whom they serve."""
        return directory(self.view(self.fence.trust_state).trust)

    @cached_property
    def place(self) -> Place:
        """This process in the environment."""
        settings = self.settings
        return Place(
            settings.env,
            NodeId(settings.node),
            self.fence.incarnation,
            self.lane,
            self.directory,
            settings.store.copies,
        )

    @cached_property
    def vault(self) -> Vault:
        """Opens this node's key files."""
        if self.settings.passphrase_file is None or self.settings.keys is None:
            raise Misconfigured("keys_missing", reason="keys and passphrase_file")
        return Vault(
            self.settings.env,
            secret(self.settings.passphrase_file),
            development=self.settings.purpose == "development",
            libcrypto=self.settings.libcrypto,
        )

    @cached_property
    def _rings(self) -> dict[Party, Keyring]:
        return {}

    @cached_property
    def _remote(self) -> dict[tuple[Party, str], SealMaker]:
        return {}

    @cached_property
    def _signer_machine(self) -> RemoteSigner:
        found = self.settings.signer
        assert found is not None, "asked only where a signer is set"
        return remote_signer(found)

    def maker(self, party: Party, position: str) -> SealMaker:
        """A party's seal for a position; its keyring is opened, or its signer asked, when needed.

        Raises:
            Misconfigured: `keys_missing`, `keyring_missing`, `no_seal_for_position`,
                `key_not_for_embedded_channel`.
            CustodyDown: `signer_down`. SealUntrusted: `signer_refused`.
        """
        if self.settings.signer is not None:
            if (party, position) not in self._remote:
                made = self._signer_machine.maker(party, position)
                self._remote[party, position] = made
            return self._remote[party, position]
        if party not in self._rings:
            if self.settings.keys is None:
                raise Misconfigured("keys_missing", reason="keys")
            folder = self.settings.keys / "parties" / str(party)
            ring = open_keyring(folder, self.vault)
            for _, maker in ring.seals:
                self._require_weak(development=maker.development)
            self._rings[party] = ring
        return self._rings[party].maker(position)

    @cached_property
    def signer(self) -> FileNodeSigner:
        """This node's own key.

        Raises:
            Misconfigured: `keys_missing`, `key_not_for_embedded_channel`, and what the vault says
                of the file.
        """
        vault, keys = self.vault, self.settings.keys
        assert keys is not None, "a vault is opened where keys are set"
        signer = open_node_signer(keys / "nodes" / self.settings.node, vault)
        self._require_weak(development=signer.development)
        return signer

    def _require_weak(self, *, development: bool) -> None:
        """An embedded channel has no authentication: keys that count stay away from it."""
        if not development and any(c.kind == "embedded" for c in self.settings.channels):
            raise Misconfigured("key_not_for_embedded_channel")

    @cached_property
    def sealer(self) -> PartySealer:
        """Seals for the parties this node serves."""
        return PartySealer(self.verification, self.releases, self.maker, self.clock)

    @cached_property
    def application(self) -> Any:  # noqa: ANN401 - applications share protocols only
        """What stands on the exchange here: the hub routes and counts, a party has its desk."""
        if self.settings.application.desk == "hub":
            return Both(Relay(self.place, self.verification), ControlClerk(Calendar(frozenset())))
        return self.desk

    @cached_property
    def desk(self) -> Any:  # noqa: ANN401 - as above
        """The party's desk; the hub has no tasks."""
        if self.settings.application.desk == "hub":
            return NoDesk()
        worker = f"{self.settings.instance}-{self.slot}-{self.start}"

        def post(tx: Any, vouchers: Sequence[Voucher]) -> None:  # noqa: ANN401 - any transaction
            self.poster.post(tx, vouchers)  # made after the desk, which it posts for

        return build_desk(self, post, self._core, worker)

    def _core(self, address: str, own: Party) -> CoreBanking:
        return open_core(address, lambda: StoreMailbox(self.store, str(own)), self.observe)

    @cached_property
    def poster(self) -> Poster[Any]:
        """Posts what this node makes."""
        return Poster(self.place, self.verification, self.application)

    @cached_property
    def exchange(self) -> Exchange[Any]:
        """Receives what channels bring."""
        return Exchange(
            self.place, self.store, self.verification, self.application, self.clock, self.observe,
            Aids(build_documents(self), self.echo, self.party_orders, self.clocks),
        )  # fmt: skip

    @cached_property
    def echo(self) -> Echo:
        """Answers probes, and makes them."""
        return build_echo(self)

    @cached_property
    def clocks(self) -> Clocks:
        """Whether clocks may be believed."""
        return Clocks(self.store, self.clock)

    @cached_property
    def party_orders(self) -> PartyOrders:
        """What is ordered about parties."""
        return PartyOrders(self.store, self.clock, self.observe)

    def channels(self, wake: Wake, failed: Wake = lambda: None) -> dict[str, Channel]:
        """This process's connections to all channels."""
        of, asked = StandingOrders(self.store, self.clock, self.observe).of, self.settings.channels
        return {c.name: OrderedChannel(self.channel(c, wake, failed), of) for c in asked}

    def graveyards(self) -> list[Graveyard]:
        """Where brokers keep this node's dead letters; a file keeps none."""
        wanted = [c for c in self.settings.channels if c.kind == "rabbit"]
        if not wanted:
            return []
        from ops.wiring_rabbit import graveyard  # noqa: PLC0415 - others need no pika

        return [graveyard(c, self.settings) for c in wanted]

    def channel(self, channel: ChannelSettings, wake: Wake, failed: Wake = lambda: None) -> Channel:
        """One connection of this process's own, which no order touches."""
        if channel.kind == "embedded":
            assert channel.path is not None
            if self.settings.purpose != "development":
                raise Misconfigured("embedded_channel_not_for_production", channel=channel.name)
            return EmbeddedChannel(
                channel.path, NodeId(self.settings.node), self.clock, name=channel.name, wake=wake,
                observer=self.observe,
            )  # fmt: skip
        from ops.wiring_rabbit import rabbit_channel  # noqa: PLC0415 - others need no pika

        return rabbit_channel(channel, self.settings, wake, failed, self.observe, self.slot)

    def sending(self, failed: Wake = lambda: None) -> Sending:
        """The dispatcher with statements and beats, on channels of its own that tell failures."""
        signer = self.signer
        worker = f"{self.settings.instance}-{self.slot}-{self.start}"
        place, releases = self.place, self.releases  # asks the store: before channels open
        channels = self.channels(lambda: None, failed)
        dispatcher = Dispatcher(
            place, self.store, channels, signer, self.clock, self.observe, worker
        )
        dispatcher.orders, dispatcher.clocks = self.party_orders, self.clocks
        stater = Stater(place, self.store, self.sealer, self.poster, lambda: releases.newest)
        rounds, numbers = build_rounds(self, channels)
        beater = Beater(place, self.store, channels, numbers)

        def close() -> None:
            for channel in channels.values():
                channel.close()

        def healths() -> list[ChannelHealth]:
            return [channel.health() for channel in channels.values()]

        resyncer = Resyncer(place, self.store, channels)
        return Sending(dispatcher, stater, beater, rounds, resyncer, close, healths)

    def close(self) -> None:
        """Give back the store's connections; channels belong to whoever opened them."""
        if "store" in vars(self):
            self.store.close()


def suites(libcrypto: str = "libcrypto.so.3", sm2_tables: int = 0) -> dict[str, Suite]:
    """The signature suites, by name."""
    return {"sm2-sm3": open_suite(libcrypto, sm2_tables), "p256-sha256": P256Sha256()}
