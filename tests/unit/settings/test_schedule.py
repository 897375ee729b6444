"""Tables of schedules: what may stand in them, and the rule that follows."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.schedule import QuietHours, ScheduleRule
from odoo_sync_tui.settings.load import load_settings
from tests.unit.settings.files import refusal, write


@pytest.mark.parametrize("full_at", ["02:30:00", '"02:30"'])
def test_all_that_a_table_says_is_in_the_rule(tmp_path: Path, full_at: str) -> None:
    text = f'every = "15m"\nfull_at = {full_at}\nquiet = ["22:00-06:00"]\nzone = "Europe/Brussels"\n'
    settings = load_settings(write(tmp_path / "settings.toml", f"[schedule.data_lake]\n{text}"))
    quiet = (QuietHours(time(22), time(6)),)
    rule = ScheduleRule(timedelta(minutes=15), time(2, 30), quiet, ZoneInfo("Europe/Brussels"))
    assert settings.schedule_rules == {Action.DATA_LAKE: rule}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "schedule.users.every is not set"),
        ("every = 15", "the time between two runs"),
        ('every = "0s"', "an interval of 1s or more is accepted"),
        ('every = "1h"\nfull_at = "2:00"', "'2:00' is no time of the day"),
        ('every = "1h"\nfull_at = 2', "a time of the day, such as"),
        ('every = "1h"\nquiet = ["08:00"]', "'08:00' is no part of a day"),
        ('every = "1h"\nquiet = "08:00-09:00"', "as JSON"),
        ('every = "1h"\nquiet = ["00:00-12:00", "12:00-00:00"]', "hours that leave some time of the day"),
        ('every = "1h"\nzone = "Mars/Olympus"', "'Mars/Olympus' is no time zone"),
        ('every = "1h"\nzone = "../etc/passwd"', "is no time zone"),
        ('evry = "1h"', "every"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(tmp_path: Path, line: str, words: str) -> None:
    assert words in refusal(write(tmp_path / "settings.toml", f"[schedule.users]\n{line}\n"))


def test_a_sync_that_there_is_not_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = write(tmp_path / "settings.toml", '[schedule.department]\nevery = "1h"\n')
    assert "Did you mean departments?" in refusal(path)
