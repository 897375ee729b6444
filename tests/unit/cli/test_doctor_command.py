"""What ``doctor`` prints and returns, whatever the checks bring."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable

import pytest

from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import HOSTILE

OK = Check("odoo.dns", Grade.OK, "It is 192.0.2.1.")
WARN = Check("odoo.tls", Grade.WARN, "Expires soon.", "Renew it.")
WRONG = Check("odoo.login", Grade.FAIL, f"Refused: {HOSTILE}", "Check the key.")
AWAY = Check("mongodb.connection", Grade.FAIL, "No answer.", "Wait.", transient=True)
SKIPPED = Check("mongodb.write", Grade.SKIPPED, "Not looked at.")


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch, run: object) -> Callable[..., None]:
    """Makes ``doctor`` find these checks."""

    def finding(*checks: Check) -> None:
        module = types.ModuleType("odoo_sync_tui.pipeline.doctor.examination")
        module.Doctor = lambda *_: types.SimpleNamespace(checks=lambda: iter(checks))  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "odoo_sync_tui.pipeline.doctor.examination", module)

    return finding


@pytest.mark.parametrize(
    ("checks", "code"),
    [((OK, SKIPPED), 0), ((OK, WARN), 0), ((OK, WARN, WRONG), 2), ((AWAY, SKIPPED), 3), ((AWAY, WRONG), 2)],
    ids=["fine", "warnings are allowed", "something to set right", "only passing trouble", "both"],
)
def test_the_worst_check_decides_the_exit_code_of_doctor(
    run: Run, finding: Callable[..., None], checks: tuple[Check, ...], code: int
):
    finding(*checks)
    assert run("doctor").code == code


def test_doctor_prints_a_line_a_check_with_what_to_do_below_it(run: Run, finding: Callable[..., None]):
    finding(OK, WARN, AWAY)
    lines = run("doctor").out.splitlines()
    assert lines[4].split() == ["ok", "odoo.dns", "It", "is", "192.0.2.1."]
    assert lines[3].strip() == "-> Renew it."
    assert lines[-1] == "1 ok, 1 warn, 1 fail, 0 skipped"


def test_doctor_prints_failures_first_then_warnings_and_json_keeps_the_order_of_the_checks(
    run: Run, finding: Callable[..., None]
):
    finding(SKIPPED, WARN, OK, WRONG, AWAY)
    printed = [line.split()[:2] for line in run("doctor").out.splitlines() if line[:1].strip()][:-1]
    assert [name for _, name in printed] == [
        "odoo.login",
        "mongodb.connection",
        "odoo.tls",
        "mongodb.write",
        "odoo.dns",
    ]
    finding(SKIPPED, WARN, OK, WRONG, AWAY)
    checks = json.loads(run("doctor", "--json").out)["checks"]
    assert [check["health"] for check in checks] == ["skipped", "warn", "ok", "fail", "fail"]


def test_no_escape_code_of_a_check_reaches_the_terminal(run: Run, finding: Callable[..., None]):
    finding(WRONG)
    for option in ([], ["--json"]):
        assert not {"\x1b", "\x07", "\u202e"} & set(run("doctor", *option).out)


def test_doctor_as_json_is_one_object_with_the_same_exit_code(run: Run, finding: Callable[..., None]):
    finding(OK, AWAY)
    ended = run("doctor", "--json")
    assert ended.code == 3
    told = json.loads(ended.out)
    assert (told["health"], told["only_passing"]) == ("fail", True)
    assert told["checks"][1]["hint"] == "Wait."


def test_doctor_shows_wrong_settings_as_a_check_like_others(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_SYNC_ODOO__PAGE_SIZE", "0")
    ended = run("doctor", "--json")
    assert ended.code == 2
    checks = {check["name"]: check for check in json.loads(ended.out)["checks"]}
    assert checks["settings.values"]["health"] == "fail"
    assert "ODOO_SYNC_ODOO__PAGE_SIZE" in checks["settings.values"]["message"]
    assert checks["odoo.login"]["health"] == "skipped"
