"""Whether a process still runs: this one, one that ended, one that nobody has collected yet."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from odoo_sync_tui.runtime import process_identity
from odoo_sync_tui.runtime.process_identity import ProcessIdentity, current_process

ASK = """
from dataclasses import asdict
from odoo_sync_tui.runtime.process_identity import current_process
print(asdict(current_process()), flush=True)
input()
"""


@pytest.fixture
def this_process() -> ProcessIdentity:
    identity = current_process()
    assert identity is not None, "this test needs /proc"
    return identity


def test_a_running_process_is_not_gone(this_process: ProcessIdentity):
    assert not this_process.is_gone()
    assert this_process == current_process()


def test_a_killed_process_is_gone_before_and_after_its_parent_collects_it():
    command = [sys.executable, "-c", ASK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        identity = ProcessIdentity(**eval(child.stdout.readline()))
        assert identity.pid == child.pid
        assert not identity.is_gone()
        child.kill()
        child.stdout.read()  # its end is open as long as it lives
        while not identity.is_gone():
            assert child.returncode is None
        child.wait()
    assert identity.is_gone()


def test_a_process_whose_id_was_given_to_another_is_gone(this_process: ProcessIdentity):
    assert replace(this_process, start_time=this_process.start_time - 1).is_gone()


@pytest.mark.parametrize("other", [{"boot_id": "x"}, {"pid_namespace": "pid:[1]"}], ids=str)
def test_a_process_elsewhere_is_never_known_to_be_gone(this_process: ProcessIdentity, other: dict[str, str]):
    assert not replace(this_process, start_time=1, **other).is_gone()


def test_another_users_process_that_proc_hides_is_not_gone(
    this_process: ProcessIdentity, monkeypatch: pytest.MonkeyPatch
):
    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(process_identity.os, "kill", refuse)
    assert not replace(this_process, pid=2**22 + 1).is_gone()


def test_a_system_without_proc_has_no_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process_identity, "PROC", tmp_path)
    assert current_process() is None
