"""What the integration tests share: servers, and a site that is made once."""

import pytest

from ops.demo.site import Site
from tests.support.postgres import postgres, postgres_url
from tests.support.rabbit import broker, brokers
from tests.support.staffed import plain

__all__ = ["broker", "brokers", "postgres", "postgres_url", "ready"]


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The usual town, nobody running; whoever needs it copies it, for its keys cost time."""
    return plain(tmp_path_factory.mktemp("ready"))
