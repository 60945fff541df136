"""Whether three narrow channels carry three times what one does: `python -m tests.bench throttled`.

Each channel's line lets so many octets a second towards its broker, and nothing else differs. A
sender keeps all channels busy as the dispatcher does: the selector chooses, by what is outstanding.
`channels_three_over_one` is confirmed vouchers a second over three, divided by those over one.
"""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.lines import Line, Password
from hub.exchange.model import MessageClass, Outgoing
from hub.exchange.selector import choose
from ops.deploy.ports import LOOPBACK
from tests.bench.measure import Bench, Figure
from tests.bench.traffic import up
from tests.support.channel_harness import BANK, HUB
from tests.support.rabbit import Brokers, programs

OCTETS_A_SECOND: Final = 1_500_000
CHUNK: Final = 16_384
VOUCHERS: Final = 10
OCTETS: Final = bytes(11_300 * VOUCHERS)
WINDOW: Final = 16
SETTLE_SECONDS: Final = 2.0
SECONDS: Final = 8.0
AT_LEAST: Final = 2.7


class Narrow:
    """Lines in front of brokers, each with its own limit, on one thread."""

    def __init__(self, targets: Sequence[int]) -> None:
        self.ports: list[int] = []
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(targets,), daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def close(self) -> None:
        """Cut all of them."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, targets: Sequence[int]) -> None:
        self._loop.run_until_complete(self._listen(targets))
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _listen(self, targets: Sequence[int]) -> None:
        for target in targets:
            line = _Line(target)
            server = await asyncio.start_server(line.carry, LOOPBACK, 0)
            self._servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed says so to the loop in its next turn


class _Line:
    def __init__(self, target: int) -> None:
        self._target = target
        self._free_at = 0.0

    async def carry(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection: slow towards the broker, free towards us."""
        there, on = await asyncio.open_connection(LOOPBACK, self._target)
        answers = asyncio.create_task(self._pass(there, back))
        try:
            with suppress(OSError, asyncio.CancelledError):  # cut at the end of a run
                await self._slowly(here, on)
                on.close()
                await answers
        finally:
            for end in (on, back):
                end.close()

    async def _slowly(self, here: asyncio.StreamReader, on: asyncio.StreamWriter) -> None:
        while octets := await here.read(CHUNK):
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + len(octets) / OCTETS_A_SECOND
            await asyncio.sleep(self._free_at - now)
            on.write(octets)
            await on.drain()

    @staticmethod
    async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # as above
            while octets := await source.read(CHUNK):
                sink.write(octets)
                await sink.drain()
        sink.close()


@contextmanager
def _channels(ports: Sequence[int]) -> Iterator[dict[str, RabbitChannel]]:
    made = {
        f"c{n}": RabbitChannel(
            f"c{n}", HUB, [Line("main", LOOPBACK, port)], Password(HUB, HUB), founds=True
        )
        for n, port in enumerate(ports)
    }
    try:
        up(made)
        yield made
    finally:
        for channel in made.values():
            channel.close()


def carried(channels: Mapping[str, RabbitChannel]) -> float:
    """Confirmed vouchers a second, with every window kept full."""
    token = confirmed = 0
    started = time.monotonic()
    while (now := time.monotonic()) < started + SETTLE_SECONDS + SECONDS:
        name = choose((c.health() for c in channels.values()), "", WINDOW, token)
        if name is None:
            time.sleep(0.002)
        else:
            token += 1
            channels[name].publish([Outgoing(token, BANK, MessageClass.ONLINE, OCTETS)])
        told = sum(len(channel.outcomes()) for channel in channels.values())
        if now > started + SETTLE_SECONDS:
            confirmed += told
    return confirmed * VOUCHERS / SECONDS


def benches() -> list[Figure]:
    """One, then three, of the same brokers."""
    if not programs().installed:
        return []
    brokers = Brokers()
    try:
        narrow = Narrow([broker.port for broker in brokers.new(3)])
        rates = []
        for count in (1, 3):
            with _channels(narrow.ports[:count]) as channels:
                rates.append(carried(channels))
        narrow.close()
    finally:
        brokers.end()
    one, three = rates
    ratio = three / one
    return [
        Figure(
            "channels_three_over_one", round(ratio, 2), "", AT_LEAST, round(ratio / AT_LEAST, 3),
            f"each {OCTETS_A_SECOND / 1e6:.1f} MB/s; one: {one:.0f} vouchers/s, three: "
            f"{three:.0f}/s; packets of {VOUCHERS}",
            at_least=True,
        )
    ]  # fmt: skip


BENCHES: Final[dict[str, Bench]] = {"throttled": benches}
