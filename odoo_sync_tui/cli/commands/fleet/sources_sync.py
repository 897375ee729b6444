"""A sync of some of many sources that the screen starts, and that goes on without it."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.detach import is_answer, new_log
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.parser import list_given_options
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.files import translate_os_errors

if TYPE_CHECKING:  # reads Textual, which reads its environment when it is first imported
    from odoo_sync_tui.tui.fleet.setup import SyncLook


class SourcesSync:
    """A sync of several sources in one process that goes on without this one. Call it in any thread, one at a time.

    Args:
        options: the operator's own; ``--config`` and ``--set`` count for the sync as well.
        action: the sync.
        names: the sources.

    Raises:
        ConfigurationError: the log cannot be written.
    """

    def __init__(self, options: Namespace, action: Action, names: Sequence[str]) -> None:
        self._action, self._names = action, tuple(names)
        self.log = new_log()
        what = next(name for name, each in ACTIONS.items() if each is action)
        command = [*list_given_options(options), "sync", what, f"--sources={','.join(names)}", "--json"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - this program, with the operator's own options
                [sys.executable, "-m", "odoo_sync_tui", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
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
        """Stop it at its next page, and wait for its end."""
        self._process.terminate()
        self._process.wait()

    def look(self) -> SyncLook:
        """Look how far it has come.

        Raises:
            ConfigurationError: its log cannot be read.
        """
        from odoo_sync_tui.tui.fleet.setup import SyncLook

        is_over = not self.is_at_work  # before the log is read: then all of it is there
        with translate_os_errors(ConfigurationError, f"{self.log} cannot be read", ""), self.log.open("rb") as file:
            file.seek(self._read_to)
            lines = file.read().splitlines(keepends=True)
        for line in lines:
            if line.endswith(b"\n") or is_over:
                self._read_to += len(line)
                self._take(line.decode(errors="replace"))
        return SyncLook(self._action, self._names, dict(self._problems), is_over, str(self.log))

    def _take(self, line: str) -> None:
        if not is_answer(line):
            return
        answer = json.loads(line)
        source, outcome = answer.get("source"), answer.get("outcome")
        problem = "" if outcome == Outcome.SUCCESS else str(answer.get("error") or outcome or "no result")
        if source in self._names:
            self._problems[source] = problem
        elif source is None and problem:  # the command itself was refused
            self._problems |= dict.fromkeys(self._names, problem)
