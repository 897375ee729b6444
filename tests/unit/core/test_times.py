"""Times for people: in full they name their zone, and one function writes them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import odoo_sync_tui
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.text.times import format_local_time, parse_age, parse_time
from odoo_sync_tui.tui.format.render import format_full_time

PACKAGE = Path(odoo_sync_tui.__file__).parent
WINTER, SUMMER = datetime(2026, 1, 31, 12, 30, tzinfo=UTC), datetime(2026, 7, 31, 12, 30, tzinfo=UTC)

PLACES_OF_CLOCK_FORMATS = {
    "core/text/times.py",
    "core/progress.py",  # the end of a trouble: at most minutes away
    "pipeline/entity/plan/cursor.py",  # a stored text, in UTC
    "tui/format/render.py",  # short times of a screen whose head names the zone
}


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Paris")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("paris")
def test_command_line_dialog_and_refusal_write_the_same_time_with_the_operators_zone():
    now = datetime(2026, 8, 1, tzinfo=ZoneInfo("Europe/Paris"))
    for moment, text in ((WINTER, "2026-01-31 13:30:00 CET"), (SUMMER, "2026-07-31 14:30:00 CEST")):
        assert format_time(moment) == format_full_time(now, moment) == format_local_time(moment) == text
        assert LeaseHeld("bob", "etl-2", moment, None).message == f"Another run is at work: bob on etl-2, since {text}."


def test_no_other_module_makes_a_clock_time_of_its_own():
    texts = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    found = {name for name, text in texts.items() if "%H:%M" in text}
    assert {name for name in found if not name.startswith("demo/")} == PLACES_OF_CLOCK_FORMATS
    stored = texts["pipeline/entity/plan/cursor.py"]
    assert stored.count("%H:%M}") == len(re.findall(r"%H:%M\}(?: UTC| \"\n\s+f?\"UTC)", stored)), (
        "a stored time without a zone"
    )


def test_an_age_may_have_months_and_years_and_m_stays_a_minute():
    ages = {text: parse_age(text) for text in ("13m", "12mo", "1y", "3y", "1w")}
    assert ages == {
        "13m": timedelta(minutes=13),
        "12mo": timedelta(days=365),
        "1y": timedelta(days=365),
        "3y": timedelta(days=1095),
        "1w": timedelta(days=7),
    }
    assert parse_time("1mo", SUMMER) == SUMMER - timedelta(days=365) / 12
