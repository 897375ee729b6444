"""Which addresses are one Odoo."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.run import OdooSource


@pytest.mark.parametrize(
    ("url", "is_same"),
    [
        ("https://müller.example/odoo", True),
        ("http://xn--mller-kva.example/odoo/", True),
        ("https://xn--mller-kva.example", False),
        ("https://muller.example/odoo", False),
    ],
)
def test_an_international_name_is_one_source_in_both_its_forms(url: str, is_same: bool) -> None:
    typed = OdooSource.of("https://müller.example/odoo", "acme")
    assert typed.is_same_as(OdooSource.of(url, "acme")) is is_same
    assert str(typed) == "database acme at müller.example/odoo"
