"""What tests of commands share: a command that runs in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from odoo_sync_tui.cli.main import main
from tests.support.processes import environment
from tests.support.world import World


@pytest.fixture
def command(here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command in this process, with what is typed; without it, nobody is there to type."""
    variables = environment(here, tmp_path)

    def run(*arguments: str, typed: str | None = None, **settings: str) -> int:
        for name, value in {**variables, **settings}.items():
            monkeypatch.setenv(name, value)
        stdin = io.StringIO(typed or "")
        monkeypatch.setattr(stdin, "isatty", lambda: typed is not None)
        monkeypatch.setattr(sys, "stdin", stdin)
        return main(arguments)

    return run
