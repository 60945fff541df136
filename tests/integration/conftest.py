"""Servers the integration tests share."""

from tests.support.postgres import postgres, postgres_url
from tests.support.rabbit import broker, brokers

__all__ = ["broker", "brokers", "postgres", "postgres_url"]
