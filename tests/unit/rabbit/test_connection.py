"""A message leaves in one piece."""

from adapters.rabbit.connection import Connection


class Heard(Connection):
    """A connection without a socket, which hears what it would write."""

    def __init__(self) -> None:
        self.bytes_sent = self.frames_sent = 0
        self.written: list[bytes] = []

    def _adapter_emit_data(self, data: bytes) -> None:
        self.written.append(data)


def test_the_frames_of_a_message_are_written_at_once() -> None:
    heard = Heard()
    heard._output_marshaled_frames([b"method", b"header", b"body"])
    assert [b"methodheaderbody"] == heard.written
    assert len(b"methodheaderbody") == heard.bytes_sent
