"""While one entity is written the next one is read: nothing is written before its turn, and nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.documents.document_store import Documents
from tests.support.world import FULL, World, wait_until, world


def list_pages(odoo: DemoOdoo) -> list[str]:
    """The models of whose rows Odoo has answered some at once; no names of the last two are ever asked for."""
    pages = [call.model for call in odoo.calls if call.method == "search_read" and call.row_count > 1]
    return [model for model in pages if model in {"crm.lead", "account.move"}]


def hold_writes(monkeypatch: pytest.MonkeyPatch, before_write: Callable[[str], None]) -> None:
    """Call this with the type of the documents before any of them is written."""
    write = Documents.write

    def hold(documents: Documents, target: Any, *arguments: Any) -> Any:
        before_write(target.discriminator["entity_type"])
        return write(documents, target, *arguments)

    monkeypatch.setattr(Documents, "write", hold)


def test_rows_of_the_next_entity_arrive_while_documents_of_the_one_before_wait_to_be_written(
    monkeypatch: pytest.MonkeyPatch, here: World
):
    def wait_for_leads(kind: str) -> None:
        if kind == "account":
            wait_until(lambda: "crm.lead" in list_pages(here.odoo))

    hold_writes(monkeypatch, wait_for_leads)
    assert here.sync(Action.DATA_LAKE).outcome is Outcome.SUCCESS


def test_no_page_of_the_next_entity_is_asked_for_before_the_last_one_of_the_entity_before(
    monkeypatch: pytest.MonkeyPatch, odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    def wait_for_ids_of_invoices(kind: str) -> None:
        if kind == "opportunity":
            wait_until(
                lambda: any(
                    (call.model, call.method) == ("account.move", "search") for call in odoo.calls if call.row_count > 1
                )
            )

    hold_writes(monkeypatch, wait_for_ids_of_invoices)
    with world(mongo_uri, database_name, odoo, odoo__page_size=4) as here:
        assert here.sync(Action.DATA_LAKE, FULL).outcome is Outcome.SUCCESS
    pages = list_pages(odoo)
    assert pages.count("crm.lead") > 10
    assert pages == sorted(pages, reverse=True)


def test_where_a_run_ends_nothing_of_the_next_entity_is_written_and_no_thread_goes_on(
    monkeypatch: pytest.MonkeyPatch, here: World
):
    def lose_the_store(kind: str) -> None:
        wait_until(lambda: "crm.lead" in list_pages(here.odoo))
        raise StoreUnavailable("MongoDB is away.")

    hold_writes(monkeypatch, lose_the_store)
    before = threading.enumerate()
    assert here.sync(Action.DATA_LAKE).outcome is Outcome.FAILED
    assert here.database.data_lake_serving.count_documents({}) == 0
    assert "cursors" not in here.integration()
    wait_until(lambda: not [each for each in threading.enumerate() if each.name == "ahead" and each not in before])
