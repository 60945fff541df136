"""Catalogue releases without a store: what the package brings, and a trust folder's sealed ones.

Rules of this file: each release is judged by pinned keys, in order, as a node judges it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hub.clock import Instant
from hub.trust.keeping import Whole
from hub.trust.model import Pin
from hub.trust.pinned import ListGround, open_head, unsound
from hub.trust.ports import Kept, KeptState
from hub.trust.release_keeping import EVER, judge
from hub.trust.releasing import RELEASE
from hub.voucher.catalogue import Catalogue
from hub.voucher.ports import Suite
from hub.voucher.releases import Release, Releases, always
from keys.trust_files import read_release, release_numbers
from schemas.catalogue_files import compiled, load

Now = Callable[[], Instant]


def begun(env: str) -> Releases:
    """What an environment begins with, by this package alone.

    Raises:
        Misconfigured: as `load`: the package's files are not whole.

    Source: protocol rule 10.7
    """
    return always(load(env))


@dataclass(frozen=True, slots=True)
class Judges:
    """What releases are judged by without a store: as a `ListGround`, and a clock."""

    env: str
    pins: Sequence[Pin]
    anchors: Sequence[bytes]
    suites: Mapping[str, Suite]
    now: Now


def folder_releases(folder: Path, base: Mapping[str, bytes], by: Judges) -> Releases:
    """The releases of a trust folder after the one that `base` makes, without a store.

    `base`: files by name, as `schemas.catalogue_files.files` reads them.

    Raises:
        Rejection: a release does not hold, or does not follow the one before it: what `open_head`,
            `unsound` and `judge` say.
        Misconfigured: what `read_release` and `compiled` raise: the folder is not whole, or files
            make no catalogue.
        Held: `catalogue_missing`.

    Source: protocol rule 10.1; protocol rule 10.2; protocol rule 10.7
    """
    first = compiled(base, by.env)
    releases = Releases([Release(first.release, lambda: first)], by.now)
    ground = ListGround(by.env, by.pins, by.anchors, releases, by.suites)
    row = Kept(b"", first.release, KeptState.FOUNDING, "", EVER, EVER, EVER, EVER)
    before, catalogue = row, first
    for number in release_numbers(folder):
        if number > before.number:
            taken = _opened(folder, number, ground, by.now())
            fresh = compiled(taken.parts, by.env)
            judge(taken.row, fresh, before, catalogue)
            before, catalogue = taken.row, fresh
            releases.take([release_of(taken, by.env)])
    return releases


def _opened(folder: Path, number: int, ground: ListGround, now: Instant) -> Whole:
    message, files = read_release(folder, number)
    sealed = open_head(RELEASE, message, ground, now)
    if (error := unsound(RELEASE, sealed, ground.env)) is not None:
        raise error
    head = sealed.head
    row = Kept(
        b"", head.number, KeptState.ACCEPTED, "", sealed.sealed_at, head.effective_at,
        head.expires_at, now,
    )  # fmt: skip
    octets = {digest: files[name] for name, digest in head.parts.items()}
    return Whole(row, message, head.parts, octets)


def release_of(one: Whole, env: str) -> Release:
    """A release on record, compiled when it is first asked for.

    Required: it was accepted, or founded by this node.

    Source: protocol rule 10.5; protocol rule 10.7
    """
    make: Callable[[], Catalogue] = partial(compiled, one.parts, env)
    if one.row.state is KeptState.FOUNDING:
        return Release(one.row.number, make)
    return Release(one.row.number, make, one.row.effective_at, one.row.expires_at)
