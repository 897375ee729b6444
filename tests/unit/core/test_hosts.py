"""Host names as they are typed and as servers are asked for them."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.text.hosts import encode_host, encode_url, is_loopback


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://odoo.example:8069/a", "https://odoo.example:8069/a"),
        ("https://müller-odoo.example", "https://xn--mller-odoo-9db.example"),
        ("https://MÜLLER.example:8069/odoo", "https://xn--mller-kva.example:8069/odoo"),
        ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
    ],
)
def test_an_international_name_has_an_ascii_form(url: str, encoded: str) -> None:
    assert encode_url(url) == encoded


@pytest.mark.parametrize(
    ("host", "message"),
    [("straße.example", "xn--"), ("a\u200db.example", "xn--"), ("a b", "no host"), ("ü..example", "no host")],
)
def test_a_name_with_two_readings_or_none_is_refused(host: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_host(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("a.localhost", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("x", False)],
)
def test_this_machine_is_known_by_name_and_address(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
