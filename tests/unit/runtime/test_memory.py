"""No crash of the program writes its memory, with the key in it, to a file."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = "import os; os.abort()"
COMMAND_AND_CRASH = f"from odoo_sync_tui.cli.main import main; assert main(['docs', 'index']) == 0; {CRASH}"
LIMIT_AFTER_COMMAND = (
    "import resource; from odoo_sync_tui.cli.main import main; main(['docs', 'index']);"
    "print(*resource.getrlimit(resource.RLIMIT_CORE))"
)


def crash(program: str, place: Path) -> tuple[bool, list[Path]]:
    """Run a program that crashes, where the system lets it dump its memory; return whether it did, and its files."""
    command = ["/bin/sh", "-c", f'ulimit -S -c "$(ulimit -H -c)"; exec "{sys.executable}" -c "$0"', program]
    home = {"XDG_STATE_HOME": str(place / "state"), "HOME": str(place)}
    process = subprocess.Popen(command, cwd=place, env={**os.environ, **home}, stdout=subprocess.DEVNULL)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status), list(place.glob("core*"))


def test_a_crash_of_a_command_dumps_no_memory(tmp_path: Path):
    dumped, _ = crash(CRASH, tmp_path)
    if not dumped:
        pytest.skip("no program may dump its memory here")
    for core in tmp_path.glob("core*"):
        core.unlink()
    assert crash(COMMAND_AND_CRASH, tmp_path) == (False, [])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux treats this value so")
def test_the_limit_holds_also_where_the_kernel_pipes_the_memory_to_a_program(tmp_path: Path):
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", LIMIT_AFTER_COMMAND], capture_output=True, text=True, env=environment, check=True
    )
    assert ended.stdout.splitlines()[-1] == f"{1 if most else 0} {most}"


@pytest.mark.parametrize("command", ["ulimit -H -c 0", "ulimit -S -c 0"])
def test_limits_of_zero_are_no_error(tmp_path: Path, command: str):
    program = "from odoo_sync_tui.runtime.memory import disable_core_dumps; disable_core_dumps()"
    shell = f'{command}; exec "{sys.executable}" -c "{program}"'
    assert subprocess.run(["/bin/sh", "-c", shell], check=False).returncode == 0
