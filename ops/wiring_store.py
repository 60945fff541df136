"""Wiring of stores and leases: all that a keeper needs of the adapters."""

from adapters.store.lease import open_lease
from adapters.store.mending import mend as mend_store
from adapters.store.opening import open_store
from adapters.store.store import SqlStore

__all__ = ["SqlStore", "mend_store", "open_lease", "open_store"]
