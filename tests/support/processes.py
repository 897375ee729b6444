"""Headless runs as processes of their own: to be signalled, paused and killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.support.world import World, wait_until

ROOT = Path(__file__).parents[2]
PREFIX = "ODOO_SYNC_"
PRELOADED = [
    "odoo_sync_tui.cli.commands.sync",
    "odoo_sync_tui.pipeline.backend",
    "odoo_sync_tui.settings.load",
    "multiprocessing.spawn",
]


def environment(here: World, home: Path, **changes: object) -> dict[str, str]:
    """The variables that point a process at the test's Odoo and database, and none of ours besides."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "DATA")}
    settings = {**here.settings, **{name.replace("__", "."): value for name, value in changes.items()}}
    set_here = {PREFIX + name.upper().replace(".", "__"): str(value) for name, value in settings.items()}
    return {**ours, **places, **set_here, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


class Headless:
    """``odoo-sync-tui sync data-lake --json`` as a process."""

    def __init__(self, variables: Mapping[str, str], *arguments: str) -> None:
        command = [sys.executable, "-m", "odoo_sync_tui", "sync", "data-lake", "--json", *arguments]
        pipe, own = subprocess.PIPE, dict(variables)
        self._process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=own, cwd=ROOT)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def pause(self) -> None:
        """Stop it, and wait until it stands still."""
        self.send(signal.SIGSTOP)
        wait_until(lambda: _state(self.pid) in ("T", "t"))

    def end(self, seconds: float = 60) -> tuple[int, dict[str, Any], str]:
        """Exit code, printed result and narration, once it has ended."""
        out, err = self._process.communicate(timeout=seconds)
        return self._process.returncode, json.loads(out) if out else {}, err

    def __enter__(self) -> Headless:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.ended:
            self._process.kill()
        self._process.communicate()


def is_running(pid: int) -> bool:
    """Whether the process is there, and not only its entry that nobody has collected."""
    return _state(pid) not in ("", "Z")


def _state(pid: int) -> str:
    """The kernel's letter for what a process is doing; empty when it is gone. A bare machine has no ``ps``."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter: it ends in the middle of the reading
        return ""


# ------------------------------------------------------------------------------------------------ many at little cost


def _sync(variables: dict[str, str], output: str) -> None:
    """In the forked process: become the command line."""
    from odoo_sync_tui.cli.main import main

    os.environ.clear()
    os.environ.update(variables)
    stream = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(stream, 1)
    os.dup2(stream, 2)
    sys.exit(main(["sync", "data-lake", "--json"]))


class Nursery:
    """Starts the same command from a process that has loaded everything: some milliseconds instead of a second."""

    def __init__(self, directory: Path, context: ForkServerContext) -> None:
        self._output = directory / "output"
        self._context = context

    def start(self, variables: Mapping[str, str]) -> BaseProcess:
        process = self._context.Process(target=_sync, args=(dict(variables), str(self._output)), daemon=True)
        process.start()
        return process

    def said(self) -> str:
        """What all of them printed."""
        return self._output.read_text() if self._output.exists() else ""


@contextmanager
def nursery(directory: Path) -> Iterator[Nursery]:
    """A nursery whose server ends with it."""
    with fork_server(*PRELOADED) as context:
        yield Nursery(directory, context)


@contextmanager
def fork_server(*modules: str) -> Iterator[ForkServerContext]:
    """Start processes from one that has loaded these modules, and which ends with the context."""
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    try:
        yield context
    finally:
        forkserver._forkserver._stop()  # pyright: ignore[reportPrivateUsage]  # it has no public end
