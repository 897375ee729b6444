"""Which sources are kept in step: settings are read again when a file changes, and a broken one harms no other."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.pipeline.fleet.roster import Roster, RosterHooks

SCHEDULE = '[schedule.users]\nevery = "15m"\n[schedule.departments]\nevery = "1h"\n'
SOURCE = """
tags = ["gold"]
zone = "eu"
[odoo]
url = "https://{name}.example.com"
database = "{name}"
username = "sync"
api_key = "key"
[mongo]
database = "{database}"
"""


class Settings:
    """A directory of settings, and what a roster made of them."""

    def __init__(self, root: Path) -> None:
        self.main = root / "settings.toml"
        self._sources = root / "sources.d"
        self._sources.mkdir()
        self._clock = datetime(2026, 1, 31, tzinfo=UTC)
        self.problems: list[tuple[str, str]] = []
        self.notices: list[str] = []
        hooks = RosterHooks(lambda name, error: self.problems.append((name, error.message)), self.notices.append)
        self.write(self.main, '[mongo]\ndatabase = "fleet"\n' + SCHEDULE)
        self.roster = Roster(self.main, {}, hooks)

    def write(self, path: Path, text: str) -> datetime:
        """Each file is written a minute after the one before."""
        self._clock += timedelta(minutes=1)
        path.touch(mode=0o600)
        path.write_text(text)
        os.utime(path, (self._clock.timestamp(),) * 2)
        return self._clock

    def add(self, name: str, text: str = SOURCE, database: str = "") -> datetime:
        return self.write(self._sources / f"{name}.toml", text.format(name=name, database=database or f"lake_{name}"))

    def remove(self, name: str) -> None:
        (self._sources / f"{name}.toml").unlink()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [each for each in os.environ if each.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    return Settings(tmp_path)


def test_a_source_has_the_shortest_interval_of_its_schedule_and_the_time_of_its_last_change(settings: Settings) -> None:
    changed_at = settings.add("acme")
    member = settings.roster.read()["acme"]
    assert (member.every, member.tags, member.zone) == (timedelta(minutes=15), ("gold",), "eu")
    assert member.changed_at == changed_at
    changed_at = settings.write(settings.main, '[schedule.users]\nevery = "5m"\n')
    assert settings.roster.read()["acme"].every == timedelta(minutes=5)
    assert settings.roster.read()["acme"].changed_at == changed_at


def test_only_what_has_changed_is_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.add("acme")
    settings.add("beta")
    before = dict(settings.roster.read())
    assert settings.roster.read()["beta"] is before["beta"]
    settings.add("acme")
    settings.add("nova")
    after = settings.roster.read()
    assert set(after) == {"acme", "beta", "nova"}
    assert after["beta"] is before["beta"]
    assert after["acme"] is not before["acme"]
    settings.remove("acme")
    assert set(settings.roster.read()) == {"beta", "nova"}


def test_a_broken_source_is_told_once_and_harms_no_other(settings: Settings) -> None:
    settings.add("acme")
    settings.add("sick", "[odoo\n")
    for _ in range(2):
        assert set(settings.roster.read()) == {"acme"}
    assert [name for name, _ in settings.problems] == ["sick"]
    settings.add("sick")
    assert set(settings.roster.read()) == {"acme", "sick"}
    settings.add("sick", "[odoo\n")
    assert set(settings.roster.read()) == {"acme"}
    assert [name for name, _ in settings.problems] == ["sick", "sick"]


def test_two_that_shared_a_database_both_run_when_one_of_them_is_mended(settings: Settings) -> None:
    settings.add("acme", database="same")
    settings.add("beta", database="same")
    assert dict(settings.roster.read()) == {}
    settings.add("beta")
    assert set(settings.roster.read()) == {"acme", "beta"}


def test_main_settings_that_break_leave_everything_as_it_was_and_are_told_once(settings: Settings) -> None:
    settings.add("acme")
    settings.roster.read()
    settings.write(settings.main, "[mongo\n")
    for _ in range(2):
        assert set(settings.roster.read()) == {"acme"}
    assert [name for name, _ in settings.problems] == [""]
    settings.write(settings.main, SCHEDULE)
    settings.add("beta")
    assert set(settings.roster.read()) == {"acme", "beta"}


def test_settings_that_are_broken_from_the_beginning_are_refused(settings: Settings) -> None:
    settings.add("acme")
    settings.write(settings.main, "[mongo\n")
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        settings.roster.read()


def test_a_file_that_was_refused_for_its_rights_is_read_when_they_are_right(settings: Settings) -> None:
    settings.add("acme")
    path = settings.main.parent / "sources.d" / "acme.toml"
    path.chmod(0o644)
    assert dict(settings.roster.read()) == {}
    path.chmod(0o600)
    assert set(settings.roster.read()) == {"acme"}


def test_what_is_never_due_is_told_in_one_sentence(settings: Settings) -> None:
    settings.write(settings.main, "")
    settings.add("acme", f"read_only = true\n{SOURCE}{SCHEDULE}")
    for number in range(10):
        settings.add(f"s{number}")
    settings.add("nova", SOURCE + SCHEDULE)
    for _ in range(2):
        assert set(settings.roster.read()) == {"nova"}
    (notice,) = settings.notices
    assert notice.startswith("Never run here: acme (read_only), s0 (no schedule), s1 (no schedule)")
    assert notice.endswith(" and 3 more.")
