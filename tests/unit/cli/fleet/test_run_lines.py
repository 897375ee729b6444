"""What ``fleet run`` prints of a run: one calm line, which tells what happened and what to do."""

from __future__ import annotations

import pytest

from odoo_sync_tui.cli.commands.fleet.run import _as_dict, _describe
from odoo_sync_tui.pipeline.fleet.engine import RunOutcome

DONE = {"action": "sync_users", "run_id": "r1", "outcome": "success", "created": 1200, "unchanged": 3, "error": None}
PARTIAL = {**DONE, "action": "sync_data_lake", "outcome": "partial", "error": "Two rows are bad.", "hint": "Mend them."}
REFUSED = {"outcome": "failed", "error": "The key is wrong.", "hint": "Make a new one.", "kind": "configuration"}
HERE = {"where": "box:7", "seconds": 3.21}


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (RunOutcome("acme", 0, (DONE,), **HERE), "acme: success in 3.2 s, 1 200 created, 3 unchanged, box:7."),
        (RunOutcome("acme", 0, (), **HERE), "acme: success in 3.2 s, nothing was due, box:7."),
        (
            RunOutcome("acme", 1, (DONE, PARTIAL), **HERE),
            "acme: partial in 3.2 s, exit code 1, box:7. Two rows are bad. Mend them.",
        ),
        (RunOutcome("acme", 2, (REFUSED,)), "acme: failed in 0.0 s, exit code 2. The key is wrong. Make a new one."),
        (
            RunOutcome("acme", 137, (), **HERE, stderr_tail="one\nno memory"),
            "acme: interrupted in 3.2 s, exit code 137, box:7. no memory",
        ),
        (
            RunOutcome("acme", 3, (), **HERE, lost="the worker is gone"),
            "acme: interrupted in 3.2 s, exit code 3, box:7. Nobody knows how it ended: the worker is gone.",
        ),
    ],
)
def test_a_run_is_one_line(outcome: RunOutcome, line: str) -> None:
    assert _describe(outcome, _as_dict(outcome)) == line


def test_in_json_a_run_has_what_each_of_its_syncs_counted() -> None:
    facts = _as_dict(RunOutcome("acme", 1, (DONE, PARTIAL), **HERE))
    results = facts.pop("results")
    assert [(each["sync"], each["outcome"], each["counts"]["synced"]) for each in results] == [
        ("sync_users", "success", 1203),
        ("sync_data_lake", "partial", 1203),
    ]
    assert facts == {
        "source": "acme",
        "outcome": "partial",
        "exit_code": 1,
        "seconds": 3.2,
        "where": "box:7",
        "error": "Two rows are bad.",
        "hint": "Mend them.",
        "kind": None,
    }
