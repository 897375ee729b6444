"""One run as a process of its own: what it prints, how it ends, and that nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from odoo_sync_tui.pipeline.fleet.child import MAX_LINE_BYTES, MAX_TAIL_LINES, ChildError, ChildResult, run_child
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.processes import is_running
from tests.support.world import wait_until

PYTHON = (sys.executable, "-I", "-S", "-c")
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(99)"
)
POLITE = """
import signal, sys, time
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
print('ready', flush=True)
while not asked:
    time.sleep(0.01)
time.sleep(0.5)
print(len(asked), flush=True)
sys.exit(7)
"""


def run(script: str, *arguments: str, cancel: CancelToken | None = None, **options) -> tuple[ChildResult, list[str]]:
    lines: list[str] = []
    on_line = options.pop("on_line", lines.append)
    result = run_child([script, *arguments], cancel or CancelToken(), on_line, program=PYTHON, **options)
    assert result.pid == 0 or not is_running(result.pid)
    return result, lines


def test_each_line_of_both_outputs_is_handed_over_and_the_exit_code_is_the_childs():
    said: list[str] = []
    script = "import sys; print('a\\r\\n\\nb é', end=''); print('trouble', file=sys.stderr); sys.exit(3)"
    result, lines = run(script, on_error_line=said.append)
    assert (result.exit_code, lines) == (3, ["a", "", "b \N{LATIN SMALL LETTER E WITH ACUTE}"])
    assert (result.stderr_tail, said) == ("trouble", ["trouble"])


def test_an_output_of_megabytes_is_bounded_but_loses_no_other_line():
    script = (
        f"import sys; print('x' * {3 * MAX_LINE_BYTES}); print('y'); [print(i, file=sys.stderr) for i in range(9999)]"
    )
    result, lines = run(script)
    assert [len(line) for line in lines] == [MAX_LINE_BYTES, 1]
    assert result.stderr_tail.splitlines() == [str(9999 - n) for n in range(MAX_TAIL_LINES, 0, -1)]


def test_the_death_by_a_signal_is_told_as_a_shell_does():
    assert run("import os; os.kill(os.getpid(), 9)")[0].exit_code == 128 + signal.SIGKILL


def test_a_stop_is_passed_on_once_and_waited_for():
    cancel = CancelToken()
    lines: list[str] = []

    def stop_when_ready(line: str) -> None:
        lines.append(line)
        cancel.request("enough")

    assert run(POLITE, cancel=cancel, on_line=stop_when_ready)[0].exit_code == 7
    assert lines == ["ready", "1"]


def test_a_child_that_does_not_stop_is_killed_after_its_time():
    cancel = CancelToken()
    result, _ = run(STUBBORN, cancel=cancel, on_line=lambda _: cancel.request("enough"), grace_seconds=0.0)
    assert result.exit_code == 128 + signal.SIGKILL


def test_nothing_starts_after_a_stop():
    cancel = CancelToken()
    cancel.request("enough")
    assert run("print('never')", cancel=cancel) == (ChildResult(128 + signal.SIGTERM), [])


def test_an_error_of_the_reader_ends_the_child_and_is_raised():
    pids: list[int] = []

    def fail(line: str) -> None:
        pids.append(int(line))
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run("import os, time; print(os.getpid(), flush=True); time.sleep(99)", on_line=fail)
    assert not is_running(pids[0])


def test_a_child_has_no_open_file_no_input_and_no_terminal_signals_of_its_parent():
    with Path(__file__).open() as kept:
        os.set_inheritable(kept.fileno(), True)
        script = (
            "import os, sys; print(sys.stdin.read()); print(os.getpgrp() == os.getpid())\n"
            "try: os.fstat(int(sys.argv[1]))\nexcept OSError: print('closed')"
        )
        assert run(script, str(kept.fileno()))[1] == ["", "True", "closed"]


def test_a_grandchild_that_keeps_the_output_open_is_not_waited_for():
    script = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']);"
        "print(child.pid)"
    )
    _, lines = run(script)
    assert is_running(int(lines[0]))
    os.kill(int(lines[0]), signal.SIGKILL)


def test_a_child_that_closes_its_output_and_works_on_can_still_be_stopped():
    cancel = CancelToken()
    done: list[ChildResult] = []
    script = "import os, time; print('ready', flush=True); os.close(1); os.close(2); time.sleep(99)"
    ready = threading.Event()
    thread = threading.Thread(target=lambda: done.append(run(script, cancel=cancel, on_line=lambda _: ready.set())[0]))
    thread.start()
    wait_until(ready.is_set)
    cancel.request("enough")
    thread.join()
    assert done[0].exit_code == 128 + signal.SIGTERM


def test_a_program_that_is_not_there_is_an_error_that_may_pass():
    with pytest.raises(ChildError, match="could not be started: No such file") as error:
        run_child([], CancelToken(), lambda _: None, program=["/nowhere/python"])
    assert error.value.retryable
