"""Wiring of numbered documents: who keeps releases, who brings lists and releases to neighbours."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from hub.exchange.courier import RELEASES, Courier
from hub.exchange.documents import ByKind
from hub.exchange.place import Place
from hub.exchange.ports import Channel
from hub.observer import Observer
from hub.parties import Party
from hub.trust.keeping import Here
from hub.trust.list_keeping import TrustKeeping
from hub.trust.model import LIST_KIND, RELEASE_KIND
from hub.trust.pinned import ListGround
from hub.trust.release_keeping import ReleaseKeeping
from ops.clock import SystemClock
from ops.release_source import StoredReleases
from ops.settings import NodeSettings
from ops.trust_rounds import ReleaseShelf, StoreShelf, TrustRounds
from ops.trust_source import StoredTrust
from schemas import catalogue_files


class Around(Protocol):
    """What documents need of their process (ops.wiring.Parts)."""

    @property
    def settings(self) -> NodeSettings:
        """The node's settings."""
        ...

    @property
    def clock(self) -> SystemClock:
        """Time."""
        ...

    @property
    def observe(self) -> Observer:
        """Who listens."""
        ...

    @property
    def store(self) -> Any:  # noqa: ANN401 - the store is whatever wiring opened
        """The node's store."""
        ...

    @property
    def place(self) -> Place:
        """Where it runs."""
        ...

    @property
    def trust_source(self) -> StoredTrust:
        """The node's trust."""
        ...

    @property
    def keeping(self) -> TrustKeeping[Any]:
        """Takes trust lists."""
        ...

    @property
    def release_keeping(self) -> ReleaseKeeping[Any]:
        """Takes catalogue releases."""
        ...

    def here(self, parties: frozenset[Party]) -> Here:
        """This process."""
        ...

    def refresh(self) -> None:
        """Take over what is in force."""
        ...


def build_release_keeping(around: Around) -> ReleaseKeeping[Any]:
    """Takes catalogue releases; their pinned keys are asked for when one comes."""

    def ground() -> ListGround:
        return around.trust_source.source.ground()

    return ReleaseKeeping(
        around.store, around.here(frozenset()), ground,
        partial(catalogue_files.compiled, env=around.settings.env), around.clock.now,
        around.observe,
    )  # fmt: skip


def build_release_source(around: Around) -> StoredReleases:
    """Reads releases from the store; founds it on the package and the site's own folder."""
    env, site = around.settings.env, around.settings.catalogue
    own = partial(catalogue_files.files, catalogue_files.shipped(), [site] if site else [])
    return StoredReleases(env, around.store, own, around.release_keeping, around.clock.now)


def build_documents(around: Around) -> ByKind:
    """Gives what comes to who keeps it."""
    return ByKind({LIST_KIND: around.keeping, RELEASE_KIND: around.release_keeping})


def build_rounds(
    around: Around, channels: Mapping[str, Channel]
) -> tuple[TrustRounds, Callable[[], tuple[int, int]]]:
    """What a dispatcher does for documents, and how far they go, as beats announce it."""
    lists, releases = StoreShelf(around.store), ReleaseShelf(around.store)
    couriers = (
        Courier(around.place, around.store, channels, lists, around.observe),
        Courier(around.place, around.store, channels, releases, around.observe, RELEASES),
    )
    keepings = (around.keeping, around.release_keeping)
    rounds = TrustRounds(around.refresh, keepings, couriers, around.observe)
    return rounds, lambda: (lists.newest(), releases.newest())
