"""Wiring of what commands make anew: stores, with their migrations, and embedded channels."""

from adapters.embedded.channel_file import create as create_channel
from adapters.store.making import create as create_store
from adapters.store.making import others
from adapters.store.making import upgrade as upgrade_store
from adapters.store.opening import require_made

__all__ = ["create_channel", "create_store", "others", "require_made", "upgrade_store"]
