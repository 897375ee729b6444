"""What the first picture takes from the settings before they are checked."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from odoo_sync_tui.settings.early import read_early_settings
from odoo_sync_tui.settings.layers import read_layers, read_option_layer
from odoo_sync_tui.settings.load import build_settings_from_overrides
from tests.unit.settings.files import write


class TestEarlySettings:
    @pytest.mark.parametrize("word", ["1", "0", "true", "False", "T", "f", "yes", "NO", "y", "n", "on", "Off"])
    def test_a_switch_reads_as_it_will_be_checked(self, word: str):
        values = {f"ui.{name}": word for name in ("mouse", "ascii", "read_only")}
        early, checked = read_early_settings([read_option_layer(values)]), build_settings_from_overrides(values).ui
        assert (early.mouse, early.ascii, early.read_only) == (checked.mouse, checked.ascii, checked.read_only)

    @pytest.mark.parametrize(
        "values", [{}, {"ui.environment": "PROD", "ui.environment_color": "error", "ui.theme": "nord"}]
    )
    def test_texts_and_defaults_read_as_they_will_be_checked(self, values: dict[str, object]):
        early, checked = read_early_settings([read_option_layer(values)]), build_settings_from_overrides(values).ui
        assert all(getattr(early, field.name) == getattr(checked, field.name) for field in fields(early))

    def test_the_strongest_source_counts(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[ui]\nascii = true\nmouse = false\nenvironment = 7\n")
        monkeypatch.setenv("ODOO_SYNC_UI__ASCII", "off")
        early = read_early_settings(read_layers(place / "settings.toml", {"ui.theme": "nord"}))
        assert (early.ascii, early.mouse, early.theme, early.environment) == (False, False, "nord", "")


@pytest.mark.parametrize("name", ["read_only", "ui.read_only"])
def test_read_only_is_known_from_the_first_picture_on_by_either_name(name: str):
    layers = [read_option_layer({name: "true"})]
    assert read_early_settings(layers).read_only
    assert build_settings_from_overrides({name: "true"}).is_read_only
