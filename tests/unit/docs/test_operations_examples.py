"""The examples of the page on operations are what systemd, cron and Kubernetes take, and their commands exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from odoo_sync_tui.cli.parser import build_parser
from tests.unit.docs.pages import text_of

PROGRAM = "/opt/odoo-sync-tui/bin/odoo-sync-tui"
UNITS: dict[str, str] = dict(
    re.findall(
        r"`/etc/systemd/system/([\w.-]+)`:\n\n```ini\n(.*?)^```$", text_of("operations"), re.MULTILINE | re.DOTALL
    )
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of("operations"), re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong_with_a_unit(name: str, tmp_path: Path) -> None:
    for each, text in UNITS.items():
        (tmp_path / each).write_text(text.replace(PROGRAM, sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    assert (verified.stdout + verified.stderr, verified.returncode) == ("", 0)


def test_every_service_and_timer_of_the_page_is_verified() -> None:
    assert len(UNITS) == len(blocks("ini"))
    assert {name.rpartition(".")[2] for name in UNITS} == {"service", "timer"}


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_runs_a_command_that_there_is(name: str) -> None:
    (command,) = re.findall(rf"^ExecStart={PROGRAM} (.*)$", UNITS[name], re.MULTILINE)
    build_parser().parse_args(command.split())


@pytest.mark.parametrize("line", [line for block in blocks("cron") for line in block.splitlines()])
def test_a_line_for_cron_has_five_fields_and_a_whole_path(line: str) -> None:
    number = r"(?:\*|\d{1,2})(?:/\d{1,2})?"
    assert re.fullmatch(rf"(?:{number}\s+){{5}}(?:\S.*)?{PROGRAM} [a-z].*", line)
    assert "%" not in line  # a line end for cron


def test_a_container_runs_a_command_that_there_is() -> None:
    listed = [
        json.loads(each) for block in blocks("yaml") for each in re.findall(r"args: (\[.*\])$", block, re.MULTILINE)
    ]
    assert listed
    for arguments in listed:
        build_parser().parse_args(arguments)


def test_the_rules_for_prometheus_name_metrics_that_there_are() -> None:
    known = set(re.findall(r"^\| `(odoo_sync_\w+)`", text_of("operations"), re.MULTILINE))
    rules = re.findall(r"expr: (.*)", "".join(blocks("yaml")))
    assert rules
    assert {name for rule in rules for name in re.findall(r"odoo_sync_\w+", rule)} <= known
