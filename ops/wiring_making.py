"""Wiring of what commands make anew: stores, with their migrations, and embedded channels."""

from adapters.embedded.channel_file import create as create_channel
from adapters.store.making import create as create_store

__all__ = ["create_channel", "create_store"]
