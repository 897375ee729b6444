"""Tables of selections: what may stand in them, and what becomes of it when a run begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_sync_tui.core.scope import Selection
from odoo_sync_tui.settings.load import build_settings_from_overrides, load_settings
from odoo_sync_tui.settings.sections.selections import NamedSelection
from tests.unit.settings.files import refusal, write

NOW = datetime(2026, 2, 3, 4, tzinfo=UTC)


def loaded(tmp_path: Path, text: str) -> NamedSelection:
    return load_settings(
        write(tmp_path / "settings.toml", f'[selections.late]\nentity = "accounts"\n{text}')
    ).selections["late"]


def test_all_that_a_table_says_is_in_the_selection(tmp_path: Path):
    text = 'ids = [4, 5]\nsince = "2d"\nuntil = "2026-02-02T00:00Z"\ndomain = [["a", "=", 1]]\ndepartment = "Sales"\n'
    table = loaded(tmp_path, text)
    assert table.entity == "accounts"
    assert table.build(NOW) == Selection(
        (4, 5), NOW - timedelta(days=2), datetime(2026, 2, 2, tzinfo=UTC), (("a", "=", 1),), "Sales", "late"
    )


@pytest.mark.parametrize("given", ["2026-01-31T08:00:00Z", '"2026-01-31T08:00Z"'])
def test_a_time_is_a_text_or_one_of_toml(tmp_path: Path, given: str):
    assert loaded(tmp_path, f"since = {given}\n").build(NOW).since == datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_a_date_of_toml_means_the_end_of_that_day_in_until(tmp_path: Path):
    until = loaded(tmp_path, "until = 2026-01-31\n").build(NOW).until
    assert until
    assert until.astimezone().strftime("%Y-%m-%d %H:%M") == "2026-02-01 00:00"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("entity", "", "selections.late.entity is not set"),
        ("entity", "Accounts!", "the name of an entity, as --entity takes it,"),
        ("ids", "4", "a list of Odoo ids is accepted"),
        ("ids", "[0]", "a list of Odoo ids is accepted"),
        ("ids", '["4"]', "a list of Odoo ids is accepted"),
        ("ids", "[true]", "a list of Odoo ids is accepted"),
        ("ids", "[", "as JSON"),
        ("since", "soon", "'soon' is no time:"),
        ("until", "2026-13-01", "'2026-13-01' is no time:"),
        ("domain", "[['a', '~', 1]]", "its part 1 has the operator ~"),
        ("state", "x", "There are entity, ids, since, until, domain, department."),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(key: str, value: str, words: str):
    given = {"selections.late.entity": "accounts", "selections.late.since": "2d"} | {f"selections.late.{key}": value}
    if key == "entity" and not value:
        del given["selections.late.entity"]
    told = refusal(**given)
    assert f"selections.late.{key}" in told
    assert words in told


@pytest.mark.parametrize("name", ["Late", "4", "a b", "a" * 32])
def test_a_name_that_cannot_be_one_is_refused(name: str):
    assert "A name begins with a small letter" in refusal(**{f"selections.{name}.entity": "accounts"})


def test_a_hyphen_may_stand_in_a_name():
    given = {"selections.field-work.entity": "users", "selections.field-work.department": "7"}
    assert build_settings_from_overrides(given).get_selection("field-work").department == "7"


def test_selections_may_stand_in_files_of_their_own(tmp_path: Path):
    path = write(tmp_path / "settings.toml", "")
    (tmp_path / "selections.d").mkdir()
    write(tmp_path / "selections.d" / "late.toml", '[selections.late]\nentity = "accounts"\nids = [4]\n')
    assert load_settings(path).get_selection("late").ids == (4,)
