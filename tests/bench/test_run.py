"""The whole bench at its smallest: that it runs, and that everything it measures did its job. Run with ``-m bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import fleet, scenarios, screen
from tests.bench.processes import ROOT

pytestmark = pytest.mark.bench


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_everything_is_measured(tmp_path: Path):
    file = tmp_path / "bench.json"
    ended = bench(
        "--records=6000",
        "--pairs=2",
        "--slow",
        "--sizes=100,200",
        "--events=1000",
        "--sources=4",
        "--interval=5",
        f"--json={file}",
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(file.read_text())
    rows = {row["name"]: row for row in told["rows"]}
    series = [
        each
        for room in (scenarios, screen, fleet)
        for each in vars(room).values()
        if isinstance(each, scenarios.Series)
    ]
    assert {each.name for each in series} < rows.keys()
    assert all(row["name"] in ended.stdout for row in told["rows"])
    assert all(row["ratio"] is not None for row in told["rows"] if row["reference"])
    assert rows[scenarios.SYNC_LEADS.name]["rows"] == rows[scenarios.CLIENT_LIB.name]["rows"] == 6000
    assert len(rows[scenarios.ONE.name]["samples"]) == 2


def test_what_does_not_work_is_told_and_not_measured():
    ended = bench("--only=growth", "--sizes=1")
    assert ended.returncode == 1
    assert "records must be from 20" in ended.stderr
    assert ended.stdout == ""
