"""A server that lies cannot freeze the program, nor fill its memory or its log. Each case runs in a limited process."""

from __future__ import annotations

import os
import resource
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.slow import slow

LIMIT_SECONDS = 20
"""Of the processor: a doctor that meets an honest server takes one or two."""


@contextmanager
def answering(raw: bytes, asked: threading.Event | None = None) -> Iterator[str]:
    """The address of a server that answers every request with these bytes; with ``asked`` it never ends an answer."""
    end = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            with suppress(ConnectionError):  # hung up on, as it should be
                self.wfile.write(raw)
            if asked:
                asked.set()
                end.wait()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        end.set()
        server.shutdown()
        thread.join()


@contextmanager
def doctor_of(url: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """The doctor, in a process whose processor time is limited."""
    settings = {"ODOO__URL": url, "ODOO__DATABASE": "acme", "ODOO__USERNAME": "bot", "ODOO__API_KEY": "swordfish"}
    away = {"MONGO__URI": "mongodb://127.0.0.1:1/lake", "MONGO__TIMEOUT_SECONDS": "1"}
    ours = {f"ODOO_SYNC_{name}": value for name, value in (settings | away).items()}
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "DATA")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_SYNC_")}
    doctor = subprocess.Popen(
        [sys.executable, "-m", "odoo_sync_tui", "doctor"],
        env={**kept, **places, **ours},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_SECONDS, LIMIT_SECONDS)),
    )
    with doctor:
        try:
            yield doctor
        finally:
            doctor.kill()


def test_headers_that_are_none_neither_freeze_the_program_nor_fill_its_log(tmp_path: Path) -> None:
    line = b"//a:" * 15_000 + b"\r\n"
    with (
        answering(b"HTTP/1.1 200 OK\r\nno header\r\n" + line * 50 + b"\r\n{}") as url,
        doctor_of(url, tmp_path) as doctor,
    ):
        output, _ = doctor.communicate()
    assert doctor.returncode > 0, output
    assert "odoo" in output.lower()
    logs = [each for each in (tmp_path / "state").rglob("*") if each.is_file()]
    assert sum(each.stat().st_size for each in logs) < 100_000


@pytest.mark.parametrize("number", [signal.SIGINT, *slow([signal.SIGTERM])])
def test_a_signal_ends_the_program_while_a_server_sends_what_it_likes(tmp_path: Path, number: signal.Signals) -> None:
    asked = threading.Event()
    line = b"//a:" * 15_000 + b"\r\n"
    raw = b"HTTP/1.1 200 OK\r\nno header\r\n" + line * 50 + b"\r\n{}"
    with answering(raw, asked) as url, doctor_of(url, tmp_path) as doctor:
        assert asked.wait(60)
        doctor.send_signal(number)
        output, _ = doctor.communicate(timeout=30)
    assert doctor.returncode == 128 + number, output
