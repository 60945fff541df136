"""What the keeper's short process says of what runs out."""

import os

from ops.expiry_child import tell


def test_what_is_said_arrives_whole() -> None:
    reader, writer = os.pipe()
    tell("什么" * 1000, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as heard:
        assert "什么" * 1000 == heard.read()


def test_a_keeper_that_was_killed_meanwhile_is_no_fault_of_the_program() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    tell("{}", writer)
    os.close(writer)
