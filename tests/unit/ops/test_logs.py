"""A log that cannot be written costs lines, never the process."""

import errno
import io
import json

from ops.logs import LossyLog


class FullNowAndThen(io.StringIO):
    """A file on a disk that is full while `full`."""

    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "no room")
        return super().write(text)


def test_lines_are_lost_while_the_disk_is_full_and_counted_when_there_is_room() -> None:
    file = FullNowAndThen()
    log = LossyLog(file)
    log.write("one\n")
    file.full = True
    log.write("two\n")
    log.write("three\n")
    file.full = False
    log.write("four\n")
    log.write("five\n")
    first, second, told, last = file.getvalue().splitlines()
    assert ("one", "four", "five") == (first, second, last)
    assert {"count": 2, "event": "log_lines_lost", "level": "warning"} == json.loads(told)
