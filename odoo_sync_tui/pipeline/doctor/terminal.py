"""Examine the terminal: whether the dashboard can be drawn, and how well."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import TextIO

from odoo_sync_tui.core.reports.diagnosis import CheckResult, Step, ok, skipped, warning
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.terminal import can_show_unicode, is_unicode_encoding

MIN_COLUMNS, MIN_LINES = 80, 24
"""The smallest screen on which the whole dashboard fits."""
MIN_TMUX_VERSION = (3, 2)
"""Since this version ``load-buffer -w`` passes the clipboard on to the outer terminal (tmux CHANGES, 3.2)."""
TMUX_TIMEOUT_SECONDS = 5.0
HEADLESS_HINT = 'Without a screen use "odoo-sync-tui status" and "odoo-sync-tui sync".'


class TerminalDoctor:
    """Examine the terminal of this process.

    Args:
        environ: the environment variables.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def steps(self) -> list[Step]:
        """List all steps in order. None depends on another: a missing terminal makes no other check fail."""
        return [
            Step("terminal.tty", self._tty),
            Step("terminal.type", self._type),
            Step("terminal.size", self._size),
            Step("terminal.colours", self._colours),
            Step("terminal.encoding", self._encoding),
            Step("terminal.tmux", self._tmux),
        ]

    def _tty(self) -> CheckResult:
        streams = {"input": sys.__stdin__, "output": sys.__stdout__, "error output": sys.__stderr__}
        missing = [name for name, stream in streams.items() if not _is_tty(stream)]
        if missing:
            return warning(f"No terminal for {', '.join(missing)}: the dashboard cannot open so.", HEADLESS_HINT)
        return ok("Input and output are a terminal.")

    def _type(self) -> CheckResult:
        kind = sanitize(self._environ.get("TERM", ""), 40)
        if kind in {"", "dumb"}:
            return warning(f'TERM is "{kind}": the dashboard cannot be drawn.', f"Set TERM as it is. {HEADLESS_HINT}")
        return ok(f"TERM is {kind}.")

    def _size(self) -> CheckResult:
        if not _is_tty(sys.__stdout__):
            return skipped("The output is no terminal.")
        size = shutil.get_terminal_size((MIN_COLUMNS, MIN_LINES))
        text = f"{size.columns} columns and {size.lines} lines."
        if size.columns < MIN_COLUMNS or size.lines < MIN_LINES:
            return warning(
                text, f"The dashboard wants {MIN_COLUMNS} columns and {MIN_LINES} lines: make the window larger."
            )
        return ok(text)

    def _colours(self) -> CheckResult:
        if self._environ.get("NO_COLOR"):
            return ok("None, because NO_COLOR is set; states are told by signs and words.")
        if self._environ.get("COLORTERM", "") in {"truecolor", "24bit"}:
            return ok("16 million.")
        return ok("256." if "256" in self._environ.get("TERM", "") else "16.")

    def _encoding(self) -> CheckResult:
        output = sys.__stdout__.encoding if sys.__stdout__ else ""
        good = {"the locale": can_show_unicode(), "the output": is_unicode_encoding(output)}
        other = [name for name, is_good in good.items() if not is_good]
        if other:
            return warning(
                f"Not UTF-8: {', '.join(other)}.",
                "Set LANG, and LC_ALL where it is set, to a UTF-8 locale such as C.UTF-8; or set ui.ascii to true.",
            )
        return ok("UTF-8.")

    def _tmux(self) -> CheckResult:
        if not self._environ.get("TMUX"):
            return skipped("Not inside tmux.")
        version_match = re.search(r"(\d{1,3})\.(\d+)", version := _tmux_version())
        if not version_match:
            return warning("Inside tmux, whose version is not known.", "Make sure that the command tmux is found.")
        if (int(version_match[1]), int(version_match[2])) < MIN_TMUX_VERSION:
            return warning(f"Inside {version}: copying does not reach your clipboard.", "Use tmux 3.2 or later.")
        return ok(f"Inside {version}.")


def _is_tty(stream: TextIO | None) -> bool:
    """Whether one of the process's original streams is a terminal. The dashboard replaces the current ones."""
    return stream is not None and stream.isatty()


def _tmux_version() -> str:
    """The output of ``tmux -V`` ("tmux 3.3a"); empty when tmux cannot be run."""
    program = shutil.which("tmux")
    if program is None:
        return ""
    try:
        completed = subprocess.run(  # noqa: S603 - a fixed argument to the tmux of the operator's own PATH
            [program, "-V"], capture_output=True, text=True, timeout=TMUX_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return sanitize(completed.stdout.strip(), 40)
