"""A signal at any moment of ``sync --detach`` leaves no process behind that its operator does not know of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from odoo_sync_tui.cli import detach
from odoo_sync_tui.cli.signals import SignalReceived, raise_on_signal


@pytest.mark.parametrize(("number", "ends"), [(signal.SIGTERM, True), (signal.SIGHUP, False)])
def test_a_signal_right_after_the_detached_process_was_born_leaves_no_process_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals, ends: bool
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "orig_argv", [sys.executable, detach.DETACH_OPTION])
    born = subprocess.Popen(["sleep", "60"])
    close = os.close

    def close_while_a_signal_comes(descriptor: int) -> None:
        monkeypatch.setattr(os, "close", close)
        close(descriptor)
        signal.raise_signal(number)

    def start(*_: object) -> subprocess.Popen[bytes]:
        monkeypatch.setattr(os, "close", close_while_a_signal_comes)
        return born

    monkeypatch.setattr(detach, "_start", start)
    try:
        with raise_on_signal(), pytest.raises(SignalReceived):
            detach.run(SimpleNamespace())  # type: ignore[arg-type]  # a session is asked nothing before it has begun
        if ends:
            assert born.wait(timeout=60) == -signal.SIGTERM
        else:
            assert born.poll() is None
    finally:
        born.kill()
        born.wait()
