"""Settings: which source wins, and what a wrong value is told."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.odoo.config import Protocol
from odoo_sync_tui.settings.early import read_early_settings
from odoo_sync_tui.settings.layers import read_layers, read_option_layer
from odoo_sync_tui.settings.load import build_settings_from_overrides, load_settings


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any setting; the current directory."""
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def told(config: Path | None = None, **overrides: object) -> str:
    """What the operator reads."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config, overrides)
    return str(caught.value)


class TestPrecedence:
    def test_without_anything_the_defaults_hold(self):
        settings = load_settings()
        assert settings.mongo.uri.get_secret_value() == "embedded"
        assert settings.sync.overlap_minutes == 10
        assert settings.odoo.url is None

    def test_the_file_beats_the_default(self, place):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        assert load_settings().sync.block_size == 7

    def test_the_environment_beats_the_file(self, place, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[sync]\nblock_size = 7\nretire_min = 3\n")
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "8")
        sync = load_settings().sync
        assert (sync.block_size, sync.retire_min) == (8, 3)

    def test_the_command_line_beats_the_environment(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "8")
        assert load_settings(None, {"sync.block_size": "9"}).sync.block_size == 9

    def test_a_named_file_is_the_only_file(self, place):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        named = write(place / "other.toml", "[sync]\nretire_min = 3\n")
        sync = load_settings(named).sync
        assert (sync.block_size, sync.retire_min) == (10_000, 3)

    def test_the_users_own_file_beats_the_one_in_the_current_directory(self, place, tmp_path):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        write(tmp_path / "config" / "odoo-sync-tui" / "settings.toml", "[sync]\nblock_size = 5\n")
        assert load_settings().sync.block_size == 5

    def test_an_empty_variable_counts_as_not_set(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "")
        assert load_settings().sync.block_size == 10_000

    def test_an_empty_text_in_the_file_counts_as_not_set(self, place):
        write(place / "settings.toml", '[odoo]\nurl = ""\n')
        assert load_settings().odoo.url is None

    def test_the_demo_looks_at_nothing_else(self, place, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        monkeypatch.setenv("ODOO_SYNC_SYNC__RETIRE_MIN", "8")
        sync = build_settings_from_overrides({"sync.lease_seconds": "9"}).sync
        assert (sync.block_size, sync.retire_min, sync.lease_seconds) == (10_000, 20, 9)


class TestWrongValues:
    def test_a_variable_is_named_with_what_it_holds_and_what_it_takes(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_SYNC__OVERLAP_MINUTES", "soon")
        assert told() == (
            'sync.overlap_minutes is "soon" (from the environment variable ODOO_SYNC_SYNC__OVERLAP_MINUTES):'
            " a number from 0 up to 10 080 is accepted."
        )

    def test_a_file_is_named(self, place):
        path = write(place / "settings.toml", '[ui]\nmouse = "perhaps"\n')
        assert told() == f'ui.mouse is "perhaps" (from the file {path.name}): true or false is accepted.'

    def test_an_option_is_named(self):
        assert "(from the option --set odoo.protocol): auto, json2, jsonrpc or xmlrpc" in told(
            **{"odoo.protocol": "soap"}
        )

    def test_every_wrong_value_is_told_at_once(self):
        lines = told(**{"ui.audit_rows": "x", "sync.lease_seconds": "0", "ui.environment_color": "pink"}).splitlines()
        assert [line.split()[0] for line in lines] == ["sync.lease_seconds", "ui.environment_color", "ui.audit_rows"]

    def test_the_origin_is_that_of_the_value_which_won(self, place, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "none")
        assert "environment variable" in told()

    @pytest.mark.parametrize(
        "url", ["odoo.example.com", "ftp://odoo.example.com", "https://", "http://[x", "http://h:port", "http://h/?a=1"]
    )
    def test_an_address_must_be_one(self, url):
        assert "an address like https://odoo.example.com is accepted" in told(**{"odoo.url": url})

    def test_a_password_in_the_address_is_refused_and_not_repeated(self):
        text = told(**{"odoo.url": "https://anna:hunter2@odoo.example.com"})
        assert "without a user or password in it" in text
        assert "hunter2" not in text

    @pytest.mark.parametrize("name", ["mongo.uri", "odoo.api_key"])
    def test_a_wrong_secret_is_not_repeated(self, place, name):
        section, _, inner = name.partition(".")
        write(place / "settings.toml", f"[{section}]\n{inner} = 12345678\n")
        text = told()
        assert text.startswith(f"{name} has a value (from the file")
        assert "12345678" not in text

    def test_an_address_loses_its_last_slash(self):
        assert load_settings(None, {"odoo.url": "https://odoo.example.com/"}).odoo.url == "https://odoo.example.com"

    def test_escape_codes_of_a_value_do_not_reach_the_message(self):
        assert "\x1b" not in told(**{"ui.mouse": "\x1b]52;c;eA==\x07"})


class TestUnknownNames:
    def test_in_the_file(self, place):
        write(place / "settings.toml", "[sync]\noverlap_minute = 3\n")
        assert told() == (
            "There is no setting sync.overlap_minute in settings.toml. The nearest name is sync.overlap_minutes."
        )

    def test_in_the_environment(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ODOO_URL", "x")
        assert told() == (
            "There is no environment variable ODOO_SYNC_ODOO_URL. The nearest name is ODOO_SYNC_ODOO__URL."
        )

    def test_on_the_command_line(self):
        assert "There is no option --set odoo.urll. The nearest name is odoo.url." in told(**{"odoo.urll": "x"})

    def test_far_from_everything(self):
        assert "settings.example.toml lists every setting." in told(zzzzzz="x")

    def test_a_section_that_is_no_table(self, place):
        write(place / "settings.toml", "odoo = 1\n")
        assert "Write [odoo]" in told()


class TestLook:
    """What the first picture takes from the settings before they are checked."""

    @pytest.mark.parametrize("word", ["1", "0", "true", "False", "T", "f", "yes", "NO", "y", "n", "on", "Off"])
    def test_a_switch_reads_as_it_will_be_checked(self, word):
        values = {f"ui.{name}": word for name in ("mouse", "ascii", "read_only")}
        look, checked = read_early_settings([read_option_layer(values)]), build_settings_from_overrides(values).ui
        assert (look.mouse, look.ascii, look.read_only) == (checked.mouse, checked.ascii, checked.read_only)

    @pytest.mark.parametrize(
        "values", [{}, {"ui.environment": "PROD", "ui.environment_color": "error", "ui.theme": "nord"}]
    )
    def test_texts_and_defaults_too(self, values):
        look, checked = read_early_settings([read_option_layer(values)]), build_settings_from_overrides(values).ui
        assert all(getattr(look, field.name) == getattr(checked, field.name) for field in fields(look))

    def test_the_strongest_source_counts(self, place, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[ui]\nascii = true\nmouse = false\nenvironment = 7\n")
        monkeypatch.setenv("ODOO_SYNC_UI__ASCII", "off")
        look = read_early_settings(read_layers(None, {"ui.theme": "nord"}))
        assert (look.ascii, look.mouse, look.theme, look.environment) == (False, False, "nord", "")


STORED = {"url": "https://stored.example", "database": "lake", "username": "anna", "api_key": "stored-key"}


class TestOdooConfig:
    def test_what_the_database_holds_fills_the_gaps(self):
        config = build_settings_from_overrides({"odoo.database": "mine", "odoo.protocol": "jsonrpc"}).build_odoo_config(
            STORED
        )
        assert (config.url, config.database, config.username) == ("https://stored.example", "mine", "anna")
        assert config.api_key.get_secret_value() == "stored-key"
        assert config.protocol is Protocol.JSONRPC

    def test_what_is_missing_everywhere_is_named_with_the_three_places(self):
        with pytest.raises(ConfigurationError) as caught:
            build_settings_from_overrides({"odoo.url": "https://x.example", "odoo.username": "anna"}).build_odoo_config(
                None
            )
        text = str(caught.value)
        assert text.startswith("odoo.database, odoo.api_key are not set.")
        for place in ("ODOO_SYNC_ODOO__API_KEY", "settings.toml", "integrations.config"):
            assert place in text

    def test_a_wrong_stored_address_is_told_with_its_place(self):
        with pytest.raises(ConfigurationError, match=r"integrations\.config in the database"):
            build_settings_from_overrides({}).build_odoo_config(STORED | {"url": "stored.example"})

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example",
            "http://stored.example",
            "https://stored.example:8443",
            "https://stored.example.evil.example",
        ],
    )
    def test_a_stored_login_goes_to_no_other_server(self, url):
        with pytest.raises(ConfigurationError) as caught:
            build_settings_from_overrides({"odoo.url": url}).build_odoo_config(STORED)
        assert str(caught.value).startswith(
            "odoo.username, odoo.api_key are not set. The username and api_key in integrations.config are for"
            f" https://stored.example and are not sent to {url}."
        )
        assert "stored-key" not in str(caught.value)

    @pytest.mark.parametrize("url", ["https://stored.example:443/", "https://STORED.example/odoo"])
    def test_another_spelling_of_the_server_is_no_other_server(self, url):
        assert (
            build_settings_from_overrides({"odoo.url": url}).build_odoo_config(STORED).api_key.get_secret_value()
            == "stored-key"
        )

    def test_a_login_of_ones_own_may_go_anywhere(self):
        mine = {"odoo.url": "https://new.example", "odoo.username": "ben", "odoo.api_key": "my-key"}
        config = build_settings_from_overrides(mine).build_odoo_config(STORED)
        assert (config.url, config.database, config.username) == ("https://new.example", "lake", "ben")
        assert config.api_key.get_secret_value() == "my-key"

    @pytest.mark.parametrize("stored", [None, "stored.example", "https://[::1", "https://stored.example:port"])
    def test_a_stored_login_without_a_usable_address_goes_nowhere(self, stored):
        document = {name: value for name, value in {**STORED, "url": stored}.items() if value}
        with pytest.raises(ConfigurationError, match="are not sent to https://mine"):
            build_settings_from_overrides({"odoo.url": "https://mine.example"}).build_odoo_config(document)

    def test_no_secret_shows_in_the_settings(self):
        settings = build_settings_from_overrides({"odoo.api_key": "hunter2", "mongo.uri": "mongodb://anna:hunter2@db"})
        assert "hunter2" not in repr(settings) + repr(settings.build_odoo_config(STORED)) + repr(
            settings.build_mongo_config()
        )


class TestOperator:
    def test_the_login_name_is_the_default(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("LOGNAME", "somebody-else")
        assert load_settings().current_operator().name != "somebody-else"

    def test_a_setting_beats_it(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_OPERATOR", "anna")
        assert load_settings().current_operator().name == "anna"

    @pytest.mark.parametrize("name", ["   ", "a\x1bb", "x" * 101])
    def test_a_name_that_cannot_be_shown_is_refused(self, name):
        assert "1 to 100 printable characters" in told(operator=name)

    def test_the_ssh_client_is_known(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22")
        operator = load_settings().current_operator()
        assert (operator.client, operator.pid) == ("192.0.2.7", os.getpid())

    def test_without_ssh_there_is_no_client(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("SSH_CONNECTION", raising=False)
        monkeypatch.delenv("SSH_CLIENT", raising=False)
        assert load_settings().current_operator().client is None


class TestFiles:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
    @pytest.mark.parametrize("text", ['[odoo]\napi_key = "k"\n', '[mongo]\nuri = "mongodb://a:b@db"\n'])
    def test_a_secret_that_others_may_read_is_refused(self, place, text, mode):
        write(place / "settings.toml", text, mode)
        assert told() == "settings.toml holds a secret and others may read it. Run: chmod 600 settings.toml"

    def test_a_file_that_anybody_may_write_to_is_refused_whatever_it_holds(self, place):
        write(place / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n', 0o646)
        assert told() == "Anybody may write to settings.toml. Run: chmod o-w settings.toml"

    def test_a_strangers_file_that_merely_lies_here_is_refused(self, place, monkeypatch: pytest.MonkeyPatch):
        path = write(place / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n')
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        if path.stat().st_uid == 0:
            os.chown(path, 12345, -1)
        assert "settings.toml in this directory belongs to another user." in told()
        named = load_settings(Path("settings.toml"))
        assert named.odoo.url == "https://odoo.example.com", "who names it trusts it"

    def test_a_secret_of_ones_own_is_taken(self, place):
        write(place / "settings.toml", '[odoo]\napi_key = "k"\n')
        assert load_settings().collect_secrets() == ("k",)

    @pytest.mark.parametrize("text", ['[odoo]\nurl = "https://x.example"\n', '[mongo]\nuri = "mongodb://db"\n'])
    def test_a_file_without_secrets_may_be_public(self, place, text):
        write(place / "settings.toml", text, 0o644)
        load_settings()

    def test_wrong_toml_is_told_with_line_and_column(self, place):
        write(place / "settings.toml", "[odoo]\nurl = https://x\n")
        assert "settings.toml is not valid TOML: Invalid value (at line 2, column 7)." in told()

    def test_a_missing_file_is_told(self, place):
        path = place / "none.toml"
        assert told(path).startswith(f"The settings file {path} cannot be read: No such file or directory.")

    def test_a_file_that_is_not_text_is_told(self, place):
        path = place / "settings.toml"
        path.write_bytes(b"[odoo]\nurl = '\xff'\n")
        assert "settings.toml is not UTF-8 text (byte 14)." in told()

    def test_a_key_comes_from_its_file(self, place, monkeypatch: pytest.MonkeyPatch):
        path = write(place / "key", "from-file\n")
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(path))
        key = load_settings().odoo.api_key
        assert key is not None
        assert key.get_secret_value() == "from-file"

    def test_a_connection_string_comes_from_its_file(self, place):
        path = write(place / "uri", "mongodb://a:b@db/\n", 0o640)
        settings = load_settings(None, {"mongo.uri_file": str(path)})
        assert settings.mongo.uri.get_secret_value() == "mongodb://a:b@db/"

    def test_a_key_file_in_a_stronger_place_beats_a_key_in_a_weaker_one(self, place, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", '[odoo]\napi_key = "weak"\n')
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(write(place / "key", "strong")))
        key = load_settings().odoo.api_key
        assert key is not None
        assert key.get_secret_value() == "strong"

    def test_key_and_key_file_in_one_place_contradict(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY", "a")
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", "b")
        assert "ODOO_SYNC_ODOO__API_KEY_FILE and ODOO_SYNC_ODOO__API_KEY are both set" in told()

    def test_a_key_file_that_everybody_may_read_is_refused(self, place):
        path = write(place / "my key", "k", 0o644)
        assert told(**{"odoo.api_key_file": str(path)}).endswith(f"Run: chmod 600 '{path}'")

    def test_an_empty_or_missing_key_file_is_told(self, place):
        path = write(place / "key", "\n")
        assert f"{path} is empty" in told(**{"odoo.api_key_file": str(path)})
        path.unlink()
        assert "The file of odoo.api_key_file:" in told(**{"odoo.api_key_file": str(path)})
