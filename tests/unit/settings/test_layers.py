"""Settings files and key files: who may read, write and own them, and what is wrong in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.settings.load import load_settings
from tests.unit.settings.files import load_here, refusal, write


class TestFiles:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
    @pytest.mark.parametrize("text", ['[odoo]\napi_key = "k"\n', '[mongo]\nuri = "mongodb://a:b@db"\n'])
    def test_a_secret_that_others_may_read_is_refused(self, place: Path, text: str, mode: int):
        write(place / "settings.toml", text, mode)
        assert refusal() == "settings.toml holds a secret and others may read it. Run: chmod 600 settings.toml"

    def test_a_file_that_anybody_may_write_to_is_refused_whatever_it_holds(self, place: Path):
        write(place / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n', 0o646)
        assert refusal() == "Anybody may write to settings.toml. Run: chmod o-w settings.toml"

    def test_a_strangers_file_is_refused_unless_it_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        path = write(
            tmp_path / "config" / "odoo-sync-tui" / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n'
        )
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        if path.stat().st_uid == 0:
            os.chown(path, 12345, -1)
        with pytest.raises(ConfigurationError, match=r"settings\.toml belongs to another user"):
            load_settings()
        assert load_settings(path).odoo.url == "https://odoo.example.com", "who names it trusts it"

    @pytest.mark.parametrize(
        "text",
        ['[odoo]\nurl = "https://x.example"\n', '[odoo]\napi_key_file = "k"\n', '[mongo]\nuri = "mongodb://db"\n'],
    )
    def test_a_file_that_a_group_may_write_to_names_no_server_and_no_secret(self, place: Path, text: str):
        path = write(place / "settings.toml", text, 0o664)
        assert "decides where a secret goes. Run: chmod g-w settings.toml" in refusal()
        write(path, "[sync]\nblock_size = 7\n", 0o664)
        assert load_here().sync.block_size == 7

    def test_a_file_that_only_names_the_file_of_a_key_may_be_public(self, place: Path):
        key = write(place / "key", "k\n")
        write(place / "settings.toml", f'[odoo]\napi_key_file = "{key}"\n', 0o644)
        assert load_here().collect_secrets() == ("k",)

    @pytest.mark.parametrize(
        "text", ["-----BEGIN OPENSSH PRIVATE KEY-----", "one\ntwo\n", "x" * 4097], ids=["ssh key", "lines", "long"]
    )
    def test_another_secret_of_the_operators_is_not_taken_for_a_key(self, place: Path, text: str):
        path = write(place / "id_ed25519", text)
        for setting in ("odoo.api_key_file", "odoo.proxy_file", "mongo.uri_file"):
            message = refusal(**{setting: str(path)})
            assert message.startswith(f"{path} holds nothing that {setting} may name")
            assert text[:12] not in message

    def test_a_secret_of_ones_own_is_taken(self, place: Path):
        write(place / "settings.toml", '[odoo]\napi_key = "k"\n')
        assert load_here().collect_secrets() == ("k",)

    @pytest.mark.parametrize("text", ['[odoo]\nurl = "https://x.example"\n', '[mongo]\nuri = "mongodb://db"\n'])
    def test_a_file_without_secrets_may_be_public(self, place: Path, text: str):
        write(place / "settings.toml", text, 0o644)
        load_here()

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
        key = load_here().odoo.api_key
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
        key = load_here().odoo.api_key
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


class TestFilesFromWindows:
    def test_a_byte_order_mark_is_no_part_of_a_settings_file(self, place: Path):
        path = write(place / "settings.toml", "")
        path.write_bytes(b'\xef\xbb\xbf[odoo]\r\nurl = "https://x.example"\r\n')
        assert load_here().odoo.url == "https://x.example"

    @pytest.mark.parametrize("text", ["\ufeffs3cret\r\n", "s3cret\r\n", "\u00a0s3cret \n", " s3cret"])
    def test_what_stands_around_a_key_in_its_file_is_no_part_of_it(
        self, place: Path, monkeypatch: pytest.MonkeyPatch, text: str
    ):
        path = write(place / "key", "")
        path.write_bytes(text.encode())
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(path))
        assert load_here().collect_secrets() == ("s3cret",)

    @pytest.mark.parametrize(
        ("key", "words"),
        [
            ('"s3cret"', "quotes around it"),
            ("'s3cret'", "quotes around it"),
            ("\u201cs3cret\u201d", "quotes around it"),
            ("s3c\u200bret", "an invisible character (U+200B) at place 4"),
            ("s3cret\u200b", "an invisible character (U+200B) at place 7"),
            ("s3c\u00a0ret", "an invisible character (U+00A0)"),
            ("s3c\rret", "an invisible character (U+000D)"),
            ("0123456789 " * 4, "something among its 40 digits"),
            ("0123456789" * 4 + "\u00e9", "something among its 40 digits"),
        ],
    )
    def test_a_key_that_cannot_be_one_is_refused_and_not_shown(
        self, place: Path, monkeypatch: pytest.MonkeyPatch, key: str, words: str
    ):
        path = write(place / "key", key)
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(path))
        message = refusal()
        assert message.startswith(f"odoo.api_key has a value (from the file {path}): it cannot be a key or a password")
        assert words in message
        assert "s3c" not in message
        assert "0123" not in message

    @pytest.mark.parametrize("password", ["correct horse battery", "gr\u00fcn", 'a"b', "0123456789" * 4])
    def test_a_password_of_words_is_accepted(self, place: Path, password: str):
        assert load_settings(None, {"odoo.api_key": password}).collect_secrets() == (password,)

    def test_an_invisible_character_in_a_connection_string_is_refused_without_showing_it(self, place: Path):
        message = refusal(None, **{"mongo.uri": "mongodb://anna:s3c\u200bret@db/"})
        assert "U+200B" in message
        assert "s3c" not in message
