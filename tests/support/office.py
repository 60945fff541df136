"""A registration office for tests: changes records of a list, endorsed by their owners' keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from hub.clock import DAY, Instant
from hub.parties import Party
from hub.trust.model import PartyEntry, Record, Register, Registered, Status, TrustList
from hub.trust.register import endorsed_octets
from hub.trust.view import View
from keys.ceremony import Made
from keys.custody import FileNodeSigner, PrivateKey
from keys.folders import certificate_file
from tests.support import pki
from tests.support.sealed import suites

R = TypeVar("R", bound=Record)
REVOKED_AT = Instant(pki.AT + 10 * DAY)


@dataclass(frozen=True)
class Office:
    """Works on what a ceremony made."""

    made: Made

    def view(self, trust: TrustList | None = None, at: Instant = pki.AT, **more: Any) -> View:
        return View(trust or self.made.trust, state=1, at=at, suites=suites(), **more)

    def key(self, party: Party) -> PrivateKey:
        """The party's onboarding key."""
        return pki.vault().load(self.made.out / "parties" / str(party) / "onboarding" / "key.pem")

    def signer(self, operator: str) -> FileNodeSigner:
        folder = self.made.out / "operators" / operator
        certificate = certificate_file(folder / "operator.cer")
        return FileNodeSigner(certificate, pki.vault().load(folder / "key.pem"))

    def endorsed(self, record: Record, by: Party) -> Registered:
        entry = next(r for r in self.made.trust.register.parties if r.record.key == str(by))
        assert isinstance(entry.record, PartyEntry)
        signature = self.key(by).sign([endorsed_octets(pki.ENV, record)])[0]
        return Registered(record, pki.sha(entry.record.onboarding), signature)

    def next_list(
        self,
        change: Callable[[Registered], Registered | None] = lambda entry: entry,
        add: Mapping[str, Registered] | None = None,
        **more: Any,
    ) -> TrustList:
        """The list after this one: every entry through `change` (None drops it), some added."""
        trust = self.made.trust
        changed = {
            field.name: tuple(
                after
                for entry in getattr(trust.register, field.name)
                if (after := change(entry)) is not None
            )
            for field in fields(trust.register)
        }
        for name, entry in (add or {}).items():
            changed[name] = (*changed[name], entry)
        return replace(trust, **{"number": 2, "register": Register(**changed), **more})


def of(trust: TrustList, sort: type[R], owner: Party | None = None) -> R:
    """The first record of a sort and owner."""
    return next(
        entry.record
        for entry in trust.register
        if isinstance(entry.record, sort) and (owner is None or entry.record.owner == owner)
    )


def only(key: str, change: Callable[[Registered], Registered | None]) -> Callable[..., Any]:
    """`change` for the record with this key, nothing for the others."""
    return lambda entry: change(entry) if entry.record.key == key else entry


def ended(
    entry: Registered, status: Status = Status.REVOKED, at: Instant = REVOKED_AT
) -> Registered:
    return replace(entry, record=replace(entry.record, status=status, ended_at=at))
