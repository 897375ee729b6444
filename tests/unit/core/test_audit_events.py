"""An event of a run that could not record its own end is told in words, not as its stored fields."""

from __future__ import annotations

from datetime import datetime

import pytest

from odoo_sync_tui.core.audit.events import describe_interruption

DEAD = {"event": "interrupted", "host": "ops-1", "pid": 4711, "noticed_by": "run-9"}


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (DEAD, "process 4711 on ops-1; noticed by run-9"),
        (
            {**DEAD, "last_seen": "2026-01-31T12:03:00+00:00"},
            "process 4711 on ops-1, last seen 12:03; noticed by run-9",
        ),
        ({**DEAD, "dry_run": True}, "dry run, process 4711 on ops-1; noticed by run-9"),
        ({**DEAD, "noticed_by": None}, "process 4711 on ops-1; noticed by nobody"),
        ({"event": "finished"}, None),
    ],
    ids=["as it is stored", "with its last sign of life", "of a dry run", "noticed by nobody", "another event"],
)
def test_an_interruption_names_process_host_and_who_noticed_it(details: dict[str, object], words: str | None) -> None:
    assert describe_interruption(details, clock) == words
