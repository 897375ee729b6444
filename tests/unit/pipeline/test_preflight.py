"""The documents of an entity are added up in parts, each in a thread of its own."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.cursor import DocumentTotals, IdTotals
from odoo_sync_tui.core.entity import Block
from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.odoo.rows.ids import RowSummary
from odoo_sync_tui.pipeline.entity.plan.preflight import MIN_DOCUMENTS_TO_SPLIT, EntityPreflight, split_ids
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import start_thread

PROFILE = ReadProfile("basis", "access", (), (), ())
PART = DocumentTotals(IdTotals(2, 9), 1, 1)


def found(*parts: DocumentTotals | None) -> EntityPreflight:
    futures = [start_thread(lambda part=part: part, "part") for part in parts]
    return EntityPreflight(PROFILE, RowSummary(0, None), None, (), futures)


@pytest.mark.parametrize(
    ("parts", "total"),
    [((), None), ((PART,), PART), ((PART, PART), DocumentTotals(IdTotals(4, 18), 2, 2)), ((PART, None), None)],
)
def test_the_parts_are_added_up_where_all_are_known(
    parts: tuple[DocumentTotals | None, ...], total: DocumentTotals | None
) -> None:
    assert found(*parts).add_up_documents(CancelToken()) == total


def test_what_hinders_a_part_is_raised() -> None:
    def fail() -> DocumentTotals:
        raise StoreError("gone")

    with pytest.raises(StoreError, match="gone"):
        EntityPreflight(PROFILE, RowSummary(0, None), None, (), [start_thread(fail, "part")]).add_up_documents(
            CancelToken()
        )


def test_many_ids_are_cut_in_the_middle() -> None:
    few, many = MIN_DOCUMENTS_TO_SPLIT - 1, MIN_DOCUMENTS_TO_SPLIT
    assert split_ids(IdTotals(few, few * 1000)) == [Block(0, None)]
    assert split_ids(IdTotals(many, many * 1000)) == [Block(0, 1000), Block(1000, None)]
