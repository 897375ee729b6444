"""Odoo Online is treated gently by default; everybody else gets four calls at once."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from odoo_sync_tui.odoo.config import OdooConfig


@pytest.mark.parametrize(
    ("url", "slots", "rate"),
    [
        ("https://acme.odoo.com", 1, 1.0),
        ("https://odoo.com/", 1, 1.0),
        ("https://ACME.ODOO.COM:443", 1, 1.0),
        ("https://odoo.acme.example", 4, None),
        ("https://notodoo.com", 4, None),
        ("https://odoo.com.example", 4, None),
    ],
)
def test_limits_by_host(url: str, slots: int, rate: float | None) -> None:
    config = OdooConfig(url, "acme", "bot", SecretStr("k"))
    assert (config.max_calls_in_flight, config.max_calls_per_second) == (slots, rate)


def test_limits_can_be_set() -> None:
    config = OdooConfig("https://acme.odoo.com", "acme", "bot", SecretStr("k"), calls_in_flight=3, calls_per_second=9)
    assert (config.max_calls_in_flight, config.max_calls_per_second) == (3, 9)


def test_the_key_is_never_shown() -> None:
    assert "s3cret" not in repr(OdooConfig("https://h", "acme", "bot", SecretStr("s3cret")))
