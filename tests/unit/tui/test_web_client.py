"""Where a record is found in Odoo's web client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.tui.model.web_client import find_web_client


@pytest.mark.parametrize(
    ("url", "version", "address"),
    [
        ("https://odoo.example/", "19.0", "https://odoo.example/odoo/res.partner/7?db=a+b"),
        ("https://odoo.example:8443", "saas~18.2+e", "https://odoo.example:8443/odoo/res.partner/7?db=a+b"),
        ("http://odoo.example", "17.0", "http://odoo.example/web?db=a+b#id=7&model=res.partner&view_type=form"),
        ("http://odoo.example", None, "http://odoo.example/web?db=a+b#id=7&model=res.partner&view_type=form"),
        ("https://x.example/erp/", "19.0", "https://x.example/erp/odoo/res.partner/7?db=a+b"),
        ("https://anna:secret@odoo.example", "19.0", "https://odoo.example/odoo/res.partner/7?db=a+b"),
        ("https://müller.example", "19.0", "https://xn--mller-kva.example/odoo/res.partner/7?db=a+b"),
        ("http://[::1]:8069", "19.0", "http://[::1]:8069/odoo/res.partner/7?db=a+b"),
    ],
)
def test_a_record_has_an_address(url: str, version: str | None, address: str) -> None:
    client = find_web_client(url, "a b", version)
    assert client is not None
    assert client.locate("res.partner", 7) == address


def test_a_model_without_a_point_is_marked_as_one() -> None:
    client = find_web_client("https://odoo.example", "", "19.0")
    assert client is not None
    assert client.locate("orders", 7) == "https://odoo.example/odoo/m-orders/7"


@pytest.mark.parametrize(
    "url", ["", "odoo.example", "javascript:alert(1)", "file:///etc/passwd", "http://", "http://["]
)
def test_what_is_no_web_address_leads_nowhere(url: str) -> None:
    assert find_web_client(url, "a", "19.0") is None


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_a_store_holds_an_address_is_printable(host: str, path: str, database: str, model: str) -> None:
    client = find_web_client(f"https://{host}/{path}", database, "19.0")
    address = client.locate(model, 7) if client else ""
    assert address.isascii()
    assert not address or (address.isprintable() and " " not in address)
