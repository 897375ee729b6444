"""Which proxy is used: the setting first, then the environment as other clients read it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.errors import OdooSetupError
from odoo_sync_tui.core.text.redaction import redact
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.transport.http import find_proxy

COMPANY = "http://proxy.example:3128"


def found(url: str = "https://odoo.example", setting: str | None = None) -> str:
    proxy = None if setting is None else SecretStr(setting)
    return str(find_proxy(OdooConfig(url, "db", "user", SecretStr("key"), proxy=proxy)) or "")


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_used"),
    [
        ("", "https://odoo.example", True),
        ("example", "https://odoo.example", False),
        (".odoo.example", "https://odoo.example", False),
        ("doo.example", "https://odoo.example", True),
        ("a.example, odoo.example:443", "https://odoo.example", False),
        ("odoo.example:8069", "https://odoo.example", True),
        ("*", "https://odoo.example", False),
        ("10.0.0.0/8", "https://10.1.2.3", False),
        ("10.0.0.0/8", "https://11.1.2.3", True),
        ("10.1.2.3", "https://10.1.2.3:8069", False),
        ("fd00::/8", "https://[fd00::7]", False),
        ("[fd00::7]", "https://[fd00::7]:8069", False),
        ("fd00::/8", "https://[2001:db8::7]", True),
        ("", "https://localhost:8069", False),
        ("", "https://127.0.0.1", False),
        ("", "https://[::1]:8069", False),
        ("xn--mller-kva.example", "https://müller.example", False),
    ],
)
def test_the_proxy_of_the_environment_is_left_out_where_no_proxy_says_so_and_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, is_used: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", COMPANY)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert found(url) == (f"{COMPANY} (HTTPS_PROXY)" if is_used else "")


def test_the_variable_of_the_scheme_wins_over_all_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "proxy.example:1")
    assert found("http://odoo.example") == "http://proxy.example:1 (all_proxy)"
    monkeypatch.setenv("HTTP_PROXY", "proxy.example:2")
    assert found("http://odoo.example") == "http://proxy.example:2 (HTTP_PROXY)"
    assert found("https://odoo.example") == "http://proxy.example:1 (all_proxy)"


def test_the_setting_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", COMPANY)
    monkeypatch.setenv("NO_PROXY", "*")
    assert found("https://localhost", setting="https://other.example") == "https://other.example (odoo.proxy)"
    monkeypatch.delenv("NO_PROXY")
    assert found(setting="none") == ""


def test_the_login_of_a_proxy_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://anna:s3cr%40t@proxy.example:3128")
    proxy = find_proxy(OdooConfig("https://odoo.example", "db", "user", SecretStr("key")))
    assert proxy is not None
    assert proxy.headers == {"Proxy-Authorization": "Basic YW5uYTpzM2NyQHQ="}
    assert "s3cr" not in f"{proxy} {proxy!r}"
    assert "s3cr" not in redact("s3cr%40t s3cr@t")


@pytest.mark.parametrize("text", ["socks5://s3cret", "http://anna:s3cret@proxy.example:port", "http://:1"])
def test_a_proxy_of_the_environment_that_cannot_be_used_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", text)
    with pytest.raises(OdooSetupError, match="HTTPS_PROXY") as caught:
        found()
    assert "s3cret" not in str(caught.value)
    assert "odoo.proxy" in caught.value.hint
