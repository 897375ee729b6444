"""A sync of some of many sources that the screen starts, and that goes on without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.detach import is_answer, new_log
from odoo_sync_tui.cli.options.sources import ALL_OPTION, NAMES_OPTION
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.parser import list_given_options
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.files import translate_os_errors

if TYPE_CHECKING:  # reads Textual, which reads its environment when it is first imported
    from odoo_sync_tui.tui.fleet.setup import SyncLook

READ_BYTES = 16 * 1024 * 1024
"""More than one answer has."""

_PROBLEMS: dict[object, str] = {Outcome.SUCCESS: "", Outcome.CANCELLED: "cancelled"}
"""What is told of a source, where the outcome says all."""


class SourcesSync:
    """A sync of several sources in one process that goes on without this one. Call it in any thread, one at a time.

    Args:
        options: the operator's own; ``--config`` and ``--set`` count for the sync as well.
        action: the sync.
        names: the sources.
        is_all: whether these are all that there are.

    Raises:
        ConfigurationError: the log cannot be written, or the process cannot be started.
    """

    def __init__(self, options: Namespace, action: Action, names: Sequence[str], *, is_all: bool = False) -> None:
        self._action, self._names = action, tuple(names)
        self.log = new_log()
        what = next(name for name, each in ACTIONS.items() if each is action)
        choice = ALL_OPTION if is_all else f"{NAMES_OPTION}={','.join(names)}"  # of very many no command line has room
        command = [*list_given_options(options), "sync", what, choice, "--json"]
        hint = "Look at the limits of processes and memory, or choose fewer sources."
        with (
            translate_os_errors(ConfigurationError, "A process for the sync cannot be started", hint),
            self.log.open("ab") as output,
        ):
            # Its answers go where nobody else writes, so that no other line comes between.
            self._answers, path = tempfile.mkstemp()
            Path(path).unlink()
            self._process = subprocess.Popen(  # noqa: S603 - this program, with the operator's own options
                [sys.executable, "-m", "odoo_sync_tui", *command],
                stdin=subprocess.DEVNULL,
                stdout=self._answers,
                stderr=output,
                start_new_session=True,
            )
        self._read_to = 0
        self._problems: dict[str, str] = {}

    @property
    def count(self) -> int:
        """The number of its sources."""
        return len(self._names)

    @property
    def is_at_work(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Let each of its runs end at its next page, and begin no other: a person wants that, as with Ctrl+C."""
        self._process.send_signal(signal.SIGINT)

    def wait(self) -> None:
        """Wait for its end."""
        self._process.wait()

    def look(self) -> SyncLook:
        """Look how far it has come."""
        from odoo_sync_tui.tui.fleet.setup import SyncLook

        is_over = not self.is_at_work  # before the answers are read: then all of them are there
        self._read_answers()
        if is_over and self._answers is not None:
            os.close(self._answers)
            self._answers = None
        return SyncLook(self._action, self._names, dict(self._problems), is_over, str(self.log))

    def _read_answers(self) -> None:
        while self._answers is not None and (data := os.pread(self._answers, READ_BYTES, self._read_to)):
            whole = data[: data.rfind(b"\n") + 1]
            if not whole:
                return
            self._read_to += len(whole)
            for line in whole.splitlines():
                self._take(line.decode(errors="replace"))

    def _take(self, line: str) -> None:
        if not is_answer(line):
            return
        answer = json.loads(line)
        source, outcome = answer.get("source"), answer.get("outcome")
        problem = _PROBLEMS.get(outcome, str(answer.get("error") or outcome or "no result"))
        if source in self._names:
            self._problems[source] = problem
        elif source is None and problem:  # the command itself was refused
            self._problems |= dict.fromkeys(self._names, problem)
