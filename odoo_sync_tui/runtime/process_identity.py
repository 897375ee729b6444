"""Identity of a process on its machine, so that another process can tell whether it still runs.

A process id alone says nothing: ids are given anew, mean another process in another container, and survive no boot.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process of one boot of one machine.

    Attributes:
        boot_id: random number of the kernel's boot, which tells machines apart too.
        pid_namespace: namespace that ``pid`` belongs to; containers have their own.
        pid: process id within the namespace.
        start_time: start in clock ticks since the boot, which tells two processes with one id apart.
    """

    boot_id: str
    pid_namespace: str
    pid: int
    start_time: int

    def is_gone(self) -> bool:
        """Whether the process has ended; ``False`` also where that cannot be known from here."""
        here = current_process()
        if here is None or (here.boot_id, here.pid_namespace) != (self.boot_id, self.pid_namespace):
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (PermissionError, OverflowError):  # another user's, which /proc may hide (hidepid); no id at all
            pass
        state = _read_state(self.pid)
        return state is not None and (state.is_zombie or state.start_time != self.start_time)


@dataclass(frozen=True, slots=True)
class _State:
    start_time: int
    is_zombie: bool


def current_process() -> ProcessIdentity | None:
    """Return the identity of this process; ``None`` on a system without Linux's /proc."""
    pid = os.getpid()
    state = _read_state(pid)
    if state is None:
        return None
    try:
        boot_id = (PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return ProcessIdentity(boot_id, str((PROC / "self/ns/pid").readlink()), pid, state.start_time)
    except OSError:
        return None


def _read_state(pid: int) -> _State | None:
    """Read proc_pid_stat(5): state (3), num_threads (20) and starttime (22), counted after the name in parentheses."""
    try:
        fields = (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        # The first thread of a process can end before the others; only the last one makes the process end.
        return _State(int(fields[19]), is_zombie=fields[0] in (b"Z", b"X") and int(fields[17]) <= 1)
    except (OSError, IndexError, ValueError):
        return None
