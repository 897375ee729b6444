"""The table of trust is a contract: each row has a promise, tests that exist, and what is not promised."""

from __future__ import annotations

import re

import pytest

from tests.unit.docs.pages import ROOT, rows, text_of

PLACES = rows(text_of("security").partition("## Places")[2].partition("## Who can")[0])
POLICY = ROOT / ".github" / "SECURITY.md"


@pytest.mark.parametrize("row", PLACES, ids=lambda row: row[0])
def test_each_place_has_a_promise_its_tests_and_what_is_not_promised(row: list[str]) -> None:
    place, writers, promise, tests, limits = row
    assert all((place, writers, promise, limits))
    named = re.findall(r"`([^`]+)`", tests)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert all(re.search(r"^(?:    )?(?:async )?def test_", (ROOT / name).read_text(), re.MULTILINE) for name in named)


def test_every_place_of_the_table_is_a_row() -> None:
    text = " ".join(row[0] for row in PLACES)
    wanted = ["command line", "environment", "settings file", "./settings.toml", "files of secrets", "audit history",
              "way to MongoDB", "way to Odoo", "Odoo's answers", "stderr", "exports", "working directory",
              "temporary directories", "private MongoDB", "memory"]  # fmt: skip
    assert [place for place in wanted if place not in text] == []


def test_the_policy_leads_to_the_table_and_the_index_of_the_manual_too() -> None:
    assert "(../odoo_sync_tui/docs/security.md)" in POLICY.read_text()
    assert "(security.md)" in text_of("index")
