"""Programs of a test get default signals, however the run of the tests was started."""

import subprocess
import sys
from pathlib import Path

SHOW = "import signal; print(*(signal.getsignal(number).name for number in (signal.SIGHUP, signal.SIGTERM)))"


def test_a_program_of_a_test_ignores_neither_a_hangup_nor_a_request_to_end():
    assert subprocess.run([sys.executable, "-c", SHOW], capture_output=True, check=True).stdout == b"SIG_DFL SIG_DFL\n"


def test_a_run_of_tests_that_ignores_signals_does_not_hand_that_on():
    this = f"{__file__}::{test_a_program_of_a_test_ignores_neither_a_hangup_nor_a_request_to_end.__name__}"
    ignore = "import os, signal, sys\nfor number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)\n"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", this]
    program = f"{ignore}os.execv(sys.executable, {command!r})"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False
    )
    assert ended.returncode == 0, ended.stdout
