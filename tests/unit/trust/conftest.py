"""One development PKI for all tests of trust: keys cost time."""

import pytest

from tests.support import pki
from tests.support.office import Office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(pki.make(tmp_path_factory.mktemp("trust")))
