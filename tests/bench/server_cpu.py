"""Processor time of the servers, where they run on this machine: processes are found by the port that they listen on.

Whatever else the servers do meanwhile counts too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"
_PARENT, _TIMES = 1, slice(11, 15)
"""Places in ``/proc/PID/stat`` behind the name: the parent, and the times of the process and its ended children."""


def measure_seconds(odoo_port: int, postgres_port: int) -> float | None:
    """Seconds that Odoo's processes and PostgreSQL's have computed so far; ``None``: Odoo is not on this machine."""
    odoo = _find_listeners(odoo_port)
    if not odoo:
        return None
    postgres = _with_children(_find_listeners(postgres_port))
    ticks = sum(sum(map(int, _read_stat(pid)[_TIMES])) for pid in {*odoo, *postgres})
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_process(pid: int) -> float | None:
    """Seconds that one process has computed so far; ``None`` where the system does not tell."""
    stat = _read_stat(pid)
    return sum(map(int, stat[_TIMES])) / os.sysconf("SC_CLK_TCK") if stat else None


def _find_listeners(port: int) -> list[int]:
    """Find the processes that hold the listening socket: workers have it from their parent."""
    links = {f"socket:[{inode}]" for inode in _find_inodes(port)}
    return [pid for pid in _list_processes() if links and links.intersection(_list_links(PROC / str(pid) / "fd"))]


def _find_inodes(port: int) -> Iterator[str]:
    for table in (PROC / "net/tcp", PROC / "net/tcp6"):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _list_processes() -> list[int]:
    return [int(each.name) for each in PROC.iterdir() if each.name.isdigit()] if PROC.exists() else []


def _list_links(directory: Path) -> list[str]:
    try:
        return [str(each.readlink()) for each in directory.iterdir()]
    except OSError:
        return []  # of another user, or ended meanwhile


def _with_children(pids: Sequence[int]) -> set[int]:
    parents = {pid: int(stat[_PARENT]) for pid in _list_processes() if (stat := _read_stat(pid))}
    return {*pids, *(pid for pid, parent in parents.items() if parent in pids)}


def _read_stat(pid: int) -> list[str]:
    """Read the fields behind the name, which may hold anything; none when the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
