"""A scheduler of Dask as a process of its own, and workers of ours: in threads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from odoo_sync_tui.pipeline.fleet.cluster.scheduler import SchedulerConfig
from odoo_sync_tui.pipeline.fleet.cluster.worker import WorkerConfig, serve
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.world import wait_until

CERTIFICATES = Path(__file__).parent / "certificates"
ROOT = Path(__file__).parents[2]
TRUSTED = tuple(CERTIFICATES / name for name in ("ca.pem", "server.pem", "server.pem"))
"""Authority, certificate and key."""


class Scheduler:
    """``dask scheduler``, with TLS; once killed it can be started again at the same port."""

    def __init__(self, directory: Path, host: str = "127.0.0.1") -> None:
        self._directory = directory
        self._host = host
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> SchedulerConfig:
        return SchedulerConfig(f"tls://{self._host}:{self._port}", *TRUSTED)

    def start(self) -> None:
        file, (ca, cert, key) = self._directory / "scheduler.json", TRUSTED
        file.unlink(missing_ok=True)
        options = {"protocol": "tls", "host": self._host, "port": self._port, "scheduler-file": file}
        options |= {"tls-ca-file": ca, "tls-cert": cert, "tls-key": key, "dashboard-address": "127.0.0.1:0"}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with (self._directory / "scheduler.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", *arguments],
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
            )
        wait_until(lambda: file.exists() and file.read_text().strip().endswith("}"))
        self._port = int(json.loads(file.read_text())["address"].rpartition(":")[2])

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self._process:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None


@contextmanager
def scheduler(directory: Path) -> Iterator[Scheduler]:
    """A scheduler that ends with the context."""
    made = Scheduler(directory)
    made.start()
    try:
        yield made
    finally:
        made.kill()


class Worker:
    """``fleet worker`` in a thread, for runs that are a script."""

    def __init__(self, config: SchedulerConfig, program: Sequence[str], zone: str = "", runs: int = 2) -> None:
        self.said: list[str] = []
        self.name = f"{zone or 'any'}-{id(self)}"
        self._cancel = CancelToken()
        made = WorkerConfig(config, runs, zone, self.name, ("--config=/here/settings.toml",), program)
        self._thread = threading.Thread(target=serve, args=(made, self._cancel, self.said.append))
        self._thread.start()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: any(words in text for text in self.said))

    def join(self) -> None:
        """Wait until it has ended by itself."""
        self._thread.join(30)
        assert not self._thread.is_alive()

    def stop(self) -> None:
        self._cancel.request("the test is over")
        self.join()
