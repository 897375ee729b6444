"""Settings files and key files: who may read, write and own them, and what is wrong in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from odoo_sync_tui.settings.load import load_settings
from tests.unit.settings.files import refusal, write


class TestFiles:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
    @pytest.mark.parametrize("text", ['[odoo]\napi_key = "k"\n', '[mongo]\nuri = "mongodb://a:b@db"\n'])
    def test_a_secret_that_others_may_read_is_refused(self, place: Path, text: str, mode: int):
        write(place / "settings.toml", text, mode)
        assert refusal() == "settings.toml holds a secret and others may read it. Run: chmod 600 settings.toml"

    def test_a_file_that_anybody_may_write_to_is_refused_whatever_it_holds(self, place: Path):
        write(place / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n', 0o646)
        assert refusal() == "Anybody may write to settings.toml. Run: chmod o-w settings.toml"

    def test_a_strangers_file_that_merely_lies_here_is_refused(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        path = write(place / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n')
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        if path.stat().st_uid == 0:
            os.chown(path, 12345, -1)
        assert "settings.toml in this directory belongs to another user." in refusal()
        named = load_settings(Path("settings.toml"))
        assert named.odoo.url == "https://odoo.example.com", "who names it trusts it"

    def test_a_secret_of_ones_own_is_taken(self, place: Path):
        write(place / "settings.toml", '[odoo]\napi_key = "k"\n')
        assert load_settings().collect_secrets() == ("k",)

    @pytest.mark.parametrize("text", ['[odoo]\nurl = "https://x.example"\n', '[mongo]\nuri = "mongodb://db"\n'])
    def test_a_file_without_secrets_may_be_public(self, place: Path, text: str):
        write(place / "settings.toml", text, 0o644)
        load_settings()

    def test_wrong_toml_is_told_with_line_and_column(self, place: Path):
        write(place / "settings.toml", "[odoo]\nurl = https://x\n")
        assert "settings.toml is not valid TOML: Invalid value (at line 2, column 7)." in refusal()

    def test_a_missing_file_is_told(self, place: Path):
        path = place / "none.toml"
        assert refusal(path).startswith(f"The settings file {path} cannot be read: No such file or directory.")

    def test_a_file_that_is_not_text_is_told(self, place: Path):
        path = place / "settings.toml"
        path.write_bytes(b"[odoo]\nurl = '\xff'\n")
        assert "settings.toml is not UTF-8 text (byte 14)." in refusal()

    def test_a_key_comes_from_its_file(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        path = write(place / "key", "from-file\n")
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(path))
        key = load_settings().odoo.api_key
        assert key is not None
        assert key.get_secret_value() == "from-file"

    def test_a_connection_string_comes_from_its_file(self, place: Path):
        path = write(place / "uri", "mongodb://a:b@db/\n", 0o640)
        settings = load_settings(None, {"mongo.uri_file": str(path)})
        assert settings.mongo.uri.get_secret_value() == "mongodb://a:b@db/"

    def test_a_key_file_in_a_stronger_place_beats_a_key_in_a_weaker_one(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ):
        write(place / "settings.toml", '[odoo]\napi_key = "weak"\n')
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(write(place / "key", "strong")))
        key = load_settings().odoo.api_key
        assert key is not None
        assert key.get_secret_value() == "strong"

    def test_key_and_key_file_in_one_place_contradict(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY", "a")
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", "b")
        assert "ODOO_SYNC_ODOO__API_KEY_FILE and ODOO_SYNC_ODOO__API_KEY are both set" in refusal()

    def test_a_key_file_that_everybody_may_read_is_refused(self, place: Path):
        path = write(place / "my key", "k", 0o644)
        assert refusal(**{"odoo.api_key_file": str(path)}).endswith(f"Run: chmod 600 '{path}'")

    def test_an_empty_or_missing_key_file_is_told(self, place: Path):
        path = write(place / "key", "\n")
        assert f"{path} is empty" in refusal(**{"odoo.api_key_file": str(path)})
        path.unlink()
        assert "The file of odoo.api_key_file:" in refusal(**{"odoo.api_key_file": str(path)})
