"""PostgreSQL with a page it cannot read: the message on it is set aside, the others go out."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from adapters.store.making import create
from hub.errors import StoreDamaged
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import RowState
from hub.exchange.place import Place
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId
from ops.deploy.postgres import PrivatePostgres
from tests.support.gate import DIRECTORY, HUB
from tests.support.plain import PlainSigner
from tests.support.postgres import UNSYNCED, private_postgres
from tests.support.rows import a_hop
from tests.support.simulator.clock import SimClock

pytestmark = pytest.mark.postgres

BANK = NodeId("bank")
PAGE: Final = 8192
LARGE: Final = 50_000
"""Octets that lie on pages of their own, beside the table."""


@pytest.fixture(name="server")
def _server() -> Iterator[PrivatePostgres]:
    with private_postgres(UNSYNCED) as made:
        yield made


def damage_one(server: PrivatePostgres) -> None:
    """Overwrite a page that holds octets of one message alone, while the server is stopped."""
    beside = server.sql("SELECT reltoastrelid::regclass FROM pg_class WHERE relname = 'message'")
    blocks = server.sql(
        f"SELECT (ctid::text::point)[0]::int AS block FROM {beside}"  # noqa: S608 - its own name
        " GROUP BY block HAVING count(DISTINCT chunk_id) = 1 ORDER BY block"
    ).split()
    path = server.data / server.sql(f"SELECT pg_relation_filepath('{beside}')")
    server.stop()
    with path.open("r+b") as file:
        file.seek(int(blocks[0]) * PAGE)
        file.write(b"\xa5" * PAGE)
    server.start()


def test_its_row_is_parked_and_the_rows_beside_it_go(server: PrivatePostgres) -> None:
    store = create(server.url())
    octets = [Random(n).randbytes(LARGE) for n in range(3)]
    kept = {hashlib.sha256(each).digest(): each for each in octets}
    hops = [
        replace(a_hop(str(n), peer=BANK), message_digest=digest) for n, digest in enumerate(kept)
    ]
    with store.begin() as tx:
        life = tx.fence.incarnation
        tx.add_messages(kept)
        tx.add_hops(hops)
        tx.commit()
    damage_one(server)
    with pytest.raises(StoreDamaged), store.read() as tx:
        tx.messages(kept)
    told, clock, broker = list[Fact](), SimClock(), MemoryBroker("c1", DIRECTORY.nodes)
    place = Place("sim", HUB, life, Lane(life, "t", "0", "1"), DIRECTORY)
    dispatcher = Dispatcher(
        place, store, {"c1": broker.channel(HUB)}, PlainSigner(HUB), clock, told.append, "d"
    )
    for _ in range(4):
        dispatcher.step()
    with store.read() as tx:
        rows = tx.open_rows(BANK, [hop.delivery_id for hop in hops])
    states = {row.message_digest.hex(): row.state for row in rows}
    (parked,) = (f.fields["digest"] for f in told if f.name == "message_quarantined")
    assert RowState.PARKED is states.pop(str(parked))
    assert [RowState.SENT] * 2 == list(states.values())
    assert [{"count": 1}] == [f.fields for f in told if f.name == "store_damaged"]
    store.close()
