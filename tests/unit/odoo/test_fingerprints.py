"""The fingerprint of a row says what becomes of it: its values, and the names of what it refers to."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.entity import RelatedRecord
from odoo_sync_tui.odoo.rows.columns import WireTable
from odoo_sync_tui.odoo.rows.fingerprints import RowFingerprinter

HASHER = RowFingerprinter(["id", "name", "partner_id"], [("partner_id", "res.partner")])


def fingerprints(partner: object, name: str = "Acme") -> dict[int, str]:
    row = {"id": 1, "name": "Lead", "partner_id": partner}
    return HASHER.fingerprint_rows(WireTable.of([row], row), {"res.partner": {7: RelatedRecord(7, name)}})


@pytest.mark.parametrize("wire", [7, [7, "Acme"], (7, "Acme")], ids=["bare", "list", "tuple"])
def test_a_renamed_record_changes_the_row_however_the_server_tells_it(wire: object) -> None:
    assert fingerprints(wire) == fingerprints(wire)
    assert fingerprints(wire) != fingerprints(wire, "Acme Ltd")


def test_a_row_that_refers_to_nothing_has_a_fingerprint() -> None:
    assert fingerprints(False) == fingerprints(False, "Acme Ltd") != fingerprints(7)


@pytest.mark.parametrize("wire", [True, 1.5, "Acme"])
def test_what_cannot_be_read_has_none(wire: object) -> None:
    assert fingerprints(wire) == {}
