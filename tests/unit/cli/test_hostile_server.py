"""A server that lies cannot freeze the program, nor fill its memory or its log. Each case runs in a limited process."""

from __future__ import annotations

import os
import resource
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LIMIT_SECONDS = 20
"""Of the processor: a doctor that meets an honest server takes one or two."""


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """The address of a server that answers every request with these bytes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            with suppress(ConnectionError):  # hung up on, as it should be
                self.wfile.write(raw)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def examine(url: str, home: Path) -> tuple[int, str]:
    """Exit code and output of the doctor, in a process whose processor time is limited."""
    settings = {"ODOO__URL": url, "ODOO__DATABASE": "acme", "ODOO__USERNAME": "bot", "ODOO__API_KEY": "swordfish"}
    away = {"MONGO__URI": "mongodb://127.0.0.1:1/lake", "MONGO__TIMEOUT_SECONDS": "1"}
    ours = {f"ODOO_SYNC_{name}": value for name, value in (settings | away).items()}
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "DATA")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_SYNC_")}
    ended = subprocess.run(
        [sys.executable, "-m", "odoo_sync_tui", "doctor"],
        env={**kept, **places, **ours},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_SECONDS, LIMIT_SECONDS)),
    )
    return ended.returncode, ended.stdout


def test_headers_that_are_none_neither_freeze_the_program_nor_fill_its_log(tmp_path: Path) -> None:
    line = b"//a:" * 15_000 + b"\r\n"
    with answering(b"HTTP/1.1 200 OK\r\nno header\r\n" + line * 50 + b"\r\n{}") as url:
        code, output = examine(url, tmp_path)
    assert code > 0, output
    assert "odoo" in output.lower()
    logs = [each for each in (tmp_path / "state").rglob("*") if each.is_file()]
    assert sum(each.stat().st_size for each in logs) < 100_000
