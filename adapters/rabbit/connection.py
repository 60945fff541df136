"""pika's connection, writing a message whole.

pika hands a message's three frames to the socket one by one: three calls into the kernel, three
packets on the line and three awakenings of the broker. Together they are one of each.
"""

from collections.abc import Sequence

import pika


class Connection(pika.SelectConnection):  # type: ignore[misc]  # pika ships no types
    """A connection whose messages leave in one piece."""

    def _output_marshaled_frames(self, marshaled_frames: Sequence[bytes]) -> None:
        super()._output_marshaled_frames([b"".join(marshaled_frames)])
