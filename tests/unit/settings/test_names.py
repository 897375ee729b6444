"""What an unknown name is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.settings.files import refusal, write


class TestUnknownNames:
    def test_an_unknown_name_in_the_file_is_answered_with_the_nearest_one(self, place: Path):
        write(place / "settings.toml", "[sync]\noverlap_minute = 3\n")
        assert refusal() == (
            "There is no setting sync.overlap_minute in settings.toml. The nearest name is sync.overlap_minutes."
        )

    def test_an_unknown_variable_is_answered_with_the_nearest_one(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ODOO_URL", "x")
        assert refusal() == (
            "There is no environment variable ODOO_SYNC_ODOO_URL. The nearest name is ODOO_SYNC_ODOO__URL."
        )

    def test_an_unknown_option_is_answered_with_the_nearest_name(self):
        assert "There is no option --set odoo.urll. The nearest name is odoo.url." in refusal(**{"odoo.urll": "x"})

    def test_a_name_that_is_far_from_all_is_answered_with_where_they_are_listed(self):
        assert "settings.example.toml lists every setting." in refusal(zzzzzz="x")

    def test_a_section_that_is_no_table(self, place: Path):
        write(place / "settings.toml", "odoo = 1\n")
        assert "Write [odoo]" in refusal()
