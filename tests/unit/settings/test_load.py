"""Which source of a setting wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.settings.load import build_settings_from_overrides, load_settings
from tests.unit.settings.files import load_here, write


class TestPrecedence:
    def test_without_anything_the_defaults_hold(self):
        settings = load_here()
        assert settings.mongo.uri.get_secret_value() == "embedded"
        assert settings.sync.overlap_minutes == 10
        assert settings.odoo.url is None

    def test_the_file_beats_the_default(self, place: Path):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        assert load_here().sync.block_size == 7

    def test_the_environment_beats_the_file(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[sync]\nblock_size = 7\nretire_min = 3\n")
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "8")
        sync = load_here().sync
        assert (sync.block_size, sync.retire_min) == (8, 3)

    def test_the_command_line_beats_the_environment(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "8")
        assert load_settings(None, {"sync.block_size": "9"}).sync.block_size == 9

    def test_a_named_file_is_the_only_file(self, place: Path):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        named = write(place / "other.toml", "[sync]\nretire_min = 3\n")
        sync = load_settings(named).sync
        assert (sync.block_size, sync.retire_min) == (10_000, 3)

    def test_a_file_in_the_current_directory_is_used_only_when_it_is_named(self, place: Path, tmp_path: Path):
        path = write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        unnamed = load_settings()
        assert unnamed.sync.block_size == 10_000
        assert unnamed.notices == ("settings.toml in this directory is not used: name it, --config settings.toml.",)
        named = load_settings(path)
        assert (named.sync.block_size, named.notices) == (7, ())
        write(tmp_path / "config" / "odoo-sync-tui" / "settings.toml", "[sync]\nblock_size = 5\n")
        own = load_settings()
        assert (own.sync.block_size, own.notices) == (5, ())

    def test_an_empty_variable_counts_as_not_set(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "")
        assert load_here().sync.block_size == 10_000

    def test_an_empty_text_in_the_file_counts_as_not_set(self, place: Path):
        write(place / "settings.toml", '[odoo]\nurl = ""\n')
        assert load_here().odoo.url is None

    def test_the_demo_looks_at_nothing_else(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        monkeypatch.setenv("ODOO_SYNC_SYNC__RETIRE_MIN", "8")
        sync = build_settings_from_overrides({"sync.lease_seconds": "9"}).sync
        assert (sync.block_size, sync.retire_min, sync.lease_seconds) == (10_000, 20, 9)
