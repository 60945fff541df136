"""Processes that a keeper starts hear no Ctrl-C, not even while they begin."""

import signal
import subprocess
import sys

from ops.terminal import out_of_reach

ASK = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


def deaf() -> bool:
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    return said.stdout.strip() == "True"


def test_a_process_started_out_of_reach_is_deaf_to_the_terminal() -> None:
    assert not deaf()
    with out_of_reach():
        assert deaf()
    assert not deaf()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


TWICE = """
import os, signal, sys
from ops.terminal import ENDING, first_only
before = [signal.getsignal(number) for number in ENDING]
try:
    with first_only():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            for number in ENDING:
                os.kill(os.getpid(), number)
            print("clean")
except KeyboardInterrupt:
    print(before == [signal.getsignal(number) for number in ENDING])
"""


def test_a_second_ctrl_c_does_not_interrupt_the_cleaning_up() -> None:
    said = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=True)
    assert ["clean", "True"] == said.stdout.split()
