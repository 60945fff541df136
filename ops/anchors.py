"""What a keeper remembers of its store outside of it: incarnation, newest checkpoint, its hash.

At start the store must contain that checkpoint (protocol 9). A store that went back under the
same incarnation was restored by hand or lost commits: it must begin another life, recovering.
"""

import json
from pathlib import Path
from typing import Any, Protocol

from hub.errors import Damaged, StoreDown
from hub.journal import Checkpoint


class Lives(Protocol):
    """A node's store."""

    def begin(self) -> Any:  # noqa: ANN401 - a context manager over any transaction
        """A write transaction."""
        ...

    def read(self) -> Any:  # noqa: ANN401 - as above
        """A read view."""
        ...


class Anchors:
    """The file `<folder>/checkpoint.json`."""

    def __init__(self, folder: Path, store: Lives) -> None:
        self._path = folder / "checkpoint.json"
        self._store = store

    def check(self) -> None:
        """Compare the store with what is remembered.

        Raises:
            Damaged: `store_went_back`: a checkpoint is missing or differs under this incarnation;
                `anchor_unreadable`.
        """
        try:
            kept = json.loads(self._path.read_text(encoding="ascii"))
            incarnation, number, digest = kept["incarnation"], kept["number"], kept["hash"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged("anchor_unreadable", reason=type(error).__name__) from error
        with self._store.read() as tx:
            last: Checkpoint | None = tx.last_checkpoint()
            if tx.fence.incarnation != incarnation:
                return  # another life, begun on purpose
        if last is None or last.number < number:
            raise Damaged("store_went_back", n=number)
        if last.number == number and last.hash.hex() != digest:
            raise Damaged("store_went_back", n=number)

    def make(self, token: int) -> None:
        """Make a checkpoint under the lease's token and remember it.

        Raises:
            StoreDown: also `store_full` when it cannot be remembered; the one before still is.
        """
        with self._store.begin() as tx:
            tx.fence.require_token(token)
            made: Checkpoint = tx.make_checkpoint()
            incarnation = tx.fence.incarnation
            tx.commit()
        kept = {"incarnation": incarnation, "number": made.number, "hash": made.hash.hex()}
        beside = self._path.with_suffix(".new")
        try:
            beside.write_text(json.dumps(kept), encoding="ascii")
            beside.replace(self._path)
        except OSError as error:
            raise StoreDown("store_full", reason=type(error).__name__) from error
