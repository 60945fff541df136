"""A bell is heard once, before or after somebody waits, from whatever thread."""

import threading

from ops.bell import Bell

LONG = 30.0


def test_a_bell_rung_often_is_heard_once() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()
    assert bell.wait(0)
    assert not bell.wait(0)


def test_a_bell_ends_the_wait_of_another_thread() -> None:
    bell = Bell()
    heard: list[bool] = []
    waiting = threading.Thread(target=lambda: heard.append(bell.wait(LONG)))
    waiting.start()
    bell.ring()
    waiting.join(LONG)
    assert [True] == heard


def test_a_bell_inherited_under_its_number_is_the_same_bell() -> None:
    bell = Bell()
    Bell(bell.handle).ring()
    assert bell.wait(0)


def test_nobody_rings_when_the_time_is_over() -> None:
    assert not Bell().wait(0.001)
