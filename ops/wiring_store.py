"""Wiring of stores and leases: all that a keeper needs of the adapters."""

from adapters.store.lease import open_lease
from adapters.store.opening import open_store
from adapters.store.store import SqlStore

__all__ = ["SqlStore", "open_lease", "open_store"]
