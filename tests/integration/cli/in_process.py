"""Commands in this process, as if each had one of its own: with its variables, its directory and its streams.

To start Python and load the program takes ten times as long as most commands do. A test that looks at what a process
is (signals, terminals, what the list of processes shows) starts one.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from odoo_sync_tui.cli.main import main


def run_here(
    words: Sequence[str], environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command where nobody is there to type; without an environment, in that of the test."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with (
        mock.patch.dict(os.environ, environment or os.environ, clear=True),
        mock.patch.object(sys, "stdin", io.StringIO()),
        chdir(directory or Path.cwd()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = main(words)
    texts: list[str] = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read())
    return subprocess.CompletedProcess(words, code, *texts)
