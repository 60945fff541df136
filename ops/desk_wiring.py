"""Wiring of a node's desk: profile, clerks, cores."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from hub.clearing.calendar import Calendar
from hub.desks.bank import BankClerk
from hub.desks.bureau_desk import BureauClerk
from hub.desks.desk import Desk, Parts
from hub.desks.model import Task
from hub.desks.own import OwnClerk
from hub.desks.ports import CoreBanking, Post
from hub.desks.step import Clerk, Means
from hub.desks.treasury import TreasuryClerk
from hub.errors import Misconfigured
from hub.exchange.place import Place
from hub.exchange.sealing import PartySealer
from hub.exchange.verifying import Verification
from hub.observer import Observer
from hub.parties import FINANCE, UNIT, Party, party
from hub.voucher.model import Draft, Voucher
from hub.voucher.releases import Releases
from ops import claimants
from ops.profiles import Profile, read
from ops.settings import NodeSettings


class Around(Protocol):
    """What a desk needs of its process (ops.wiring.Parts)."""

    @property
    def settings(self) -> NodeSettings:
        """The node's settings."""
        ...

    @property
    def observe(self) -> Observer:
        """Who listens."""
        ...

    @property
    def place(self) -> Place:
        """Where it runs."""
        ...

    @property
    def store(self) -> Any:  # noqa: ANN401 - the store is whatever wiring opened
        """The node's store."""
        ...

    @property
    def verification(self) -> Verification:
        """Reopens recorded vouchers."""
        ...

    @property
    def releases(self) -> Releases:
        """The catalogue in force."""
        ...

    @property
    def sealer(self) -> PartySealer:
        """Seals what the desk makes."""
        ...


def build_desk(
    around: Around,
    post: Post[Any],
    core: Callable[[str, Party], CoreBanking],
    worker: str,
) -> Desk[Any]:
    """The desk that the settings name.

    Raises:
        Misconfigured: `settings_invalid`, `profile_missing`.
    """
    settings = around.settings.application
    profile, place, means = _profile(around), around.place, means_of(around)
    served = sorted(place.directory.nodes[place.node])
    clerks: dict[Party, Clerk] = {}
    cores: dict[Party, CoreBanking] = {}
    if settings.desk == "bureau":
        clerk = BureauClerk(means)
        clerks = {p: clerk for p in served if p.org_type in {FINANCE, UNIT}}
    elif settings.desk == "bank":
        own = party(profile.party)
        clerks[own] = BankClerk(profile.bank(), means)
        cores[own] = core(settings.core, own)
    elif settings.desk == "treasury":
        own = party(profile.party)
        clerks[own] = TreasuryClerk(profile.treasury(), means)
        cores[own] = core(settings.core, own)
    elif settings.desk == "own":
        clerks[party(profile.party)] = OwnClerk()
    banking = cores if settings.desk == "bank" else {}
    return Desk(
        Parts(
            around.store,
            post,
            around.sealer,
            clerks,
            cores,
            banking,
            means,
            worker,
            around.observe,
            frozenset(place.directory.neighbours(place.node)),
            around.verification.expired,
            place.incarnation,
            claimants.over(worker, around.settings.workers),
        )
    )


def means_of(around: Around) -> Means:
    """What every clerk of a node is given.

    Raises:
        Misconfigured: `settings_invalid`, `profile_missing`.
    """
    place = around.place
    return Means(
        _profile(around).directory(place.env, place.directory),
        Calendar(frozenset()),
        around.verification.reopen,
        lambda: around.releases.newest,
    )


def _profile(around: Around) -> Profile:
    path = around.settings.application.profile
    if path is None:
        raise Misconfigured("settings_invalid", reason="application.profile")
    return read(path)


class NoDesk:
    """The hub's worker has no tasks of its own."""

    def take_over(self) -> int:
        """Nothing."""
        return 0

    def work(self, limit: int) -> int:
        """Nothing."""
        assert limit > 0
        return 0

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        """The hub issues no vouchers of its own."""
        raise AssertionError(len(drafts))

    @property
    def under_way(self) -> Sequence[Task]:
        """Nothing."""
        return ()

    def again(self, task: Task) -> None:
        """There is none."""
        raise AssertionError(task.id)

    def set_aside(self, task: Task, code: str) -> None:
        """There is none."""
        raise AssertionError((task.id, code))


class Both:
    """Two applications on one exchange: the first routes, the second counts."""

    def __init__(self, first: Any, second: Any) -> None:  # noqa: ANN401 - over any transaction
        self._each = (first, second)

    def recorded(self, tx: Any, arrivals: Sequence[Any]) -> None:  # noqa: ANN401 - as above
        """Tell both, in order."""
        for one in self._each:
            one.recorded(tx, arrivals)

    def closed(self, tx: Any, closings: Sequence[Any]) -> None:  # noqa: ANN401 - as above
        """Tell both, in order."""
        for one in self._each:
            one.closed(tx, closings)
