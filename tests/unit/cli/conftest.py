"""A command line on a machine without settings, whose backend is a fake."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from odoo_sync_tui.cli.main import main
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.values import make_backend


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without settings and with a state directory of its own."""
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)
    time.tzset()
    yield tmp_path
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> FakeBackend:
    """What the commands work on."""
    backend = make_backend()
    monkeypatch.setitem(sys.modules, "odoo_sync_tui.pipeline.backend", backend.as_module())
    return backend


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], backend: FakeBackend) -> Run:
    """Runs a command in this process."""

    def run(*arguments: str) -> Ended:
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run
