"""What a wrong value is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.settings.load import load_settings
from tests.unit.settings.files import refusal, write


class TestWrongValues:
    def test_a_variable_is_named_with_what_it_holds_and_what_it_takes(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_SYNC__OVERLAP_MINUTES", "soon")
        assert refusal() == (
            'sync.overlap_minutes is "soon" (from the environment variable ODOO_SYNC_SYNC__OVERLAP_MINUTES):'
            " a number from 0 up to 10 080 is accepted."
        )

    def test_a_file_is_named(self, place: Path):
        path = write(place / "settings.toml", '[ui]\nmouse = "perhaps"\n')
        assert refusal() == f'ui.mouse is "perhaps" (from the file {path.name}): true or false is accepted.'

    def test_an_option_is_named(self):
        assert "(from the option --set odoo.protocol): auto, json2, jsonrpc or xmlrpc" in refusal(
            **{"odoo.protocol": "soap"}
        )

    def test_every_wrong_value_is_told_at_once(self):
        lines = refusal(
            **{"ui.audit_rows": "x", "sync.lease_seconds": "0", "ui.environment_color": "pink"}
        ).splitlines()
        assert [line.split()[0] for line in lines] == ["sync.lease_seconds", "ui.environment_color", "ui.audit_rows"]

    def test_the_origin_is_that_of_the_value_which_won(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "none")
        assert "environment variable" in refusal()

    @pytest.mark.parametrize(
        "url",
        [
            "odoo.example.com",
            "ftp://odoo.example.com",
            "https://",
            "http://[x",
            "http://h:port",
            "http://h/?a=1",
            "http://h\n.example",
        ],
    )
    def test_an_address_must_be_one(self, url: str):
        assert "an address like https://odoo.example.com is accepted" in refusal(**{"odoo.url": url})

    def test_a_password_in_the_address_is_refused_and_not_repeated(self):
        text = refusal(**{"odoo.url": "https://anna:hunter2@odoo.example.com"})
        assert "without a user or password in it" in text
        assert "hunter2" not in text

    @pytest.mark.parametrize("name", ["mongo.uri", "odoo.api_key", "odoo.proxy"])
    def test_a_wrong_secret_is_not_repeated(self, place: Path, name: str):
        section, _, inner = name.partition(".")
        write(place / "settings.toml", f"[{section}]\n{inner} = 12345678\n")
        text = refusal()
        assert text.startswith(f"{name} has a value (from the file")
        assert "12345678" not in text

    @pytest.mark.parametrize("host", ["müller-odoo.example", "xn--mller-odoo-9db.example"])
    def test_an_address_with_an_international_name_is_kept_as_it_is_typed(self, host: str):
        assert load_settings(None, {"odoo.url": f"https://{host}"}).odoo.url == f"https://{host}"

    def test_an_address_whose_name_has_two_readings_is_refused_with_the_way_out(self):
        assert "write it in its form with xn--" in refusal(**{"odoo.url": "https://straße.example"})

    @pytest.mark.parametrize("proxy", ["none", "http://proxy.example.com:3128", "https://anna:x@proxy", "proxy:80"])
    def test_a_proxy_or_none_is_accepted(self, proxy: str):
        setting = load_settings(None, {"odoo.proxy": proxy}).odoo.proxy
        assert setting is not None
        assert setting.get_secret_value() == proxy

    @pytest.mark.parametrize("proxy", ["socks5://hunter2", "http://anna:hunter2@proxy:port", "http://hunter2/path"])
    def test_what_is_no_http_proxy_is_refused_and_not_repeated(self, proxy: str):
        text = refusal(**{"odoo.proxy": proxy})
        assert 'a proxy like http://proxy.example.com:3128 is accepted, or "none"' in text
        assert "hunter2" not in text

    def test_an_address_loses_its_last_slash(self):
        assert load_settings(None, {"odoo.url": "https://odoo.example.com/"}).odoo.url == "https://odoo.example.com"

    def test_escape_codes_of_a_value_do_not_reach_the_message(self):
        assert "\x1b" not in refusal(**{"ui.mouse": "\x1b]52;c;eA==\x07"})
