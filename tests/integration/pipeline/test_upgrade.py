"""After an upgrade, documents become what the new version makes of their rows, though Odoo has changed nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline import task
from tests.support.world import World, world


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        yield parts


def test_documents_of_another_version_of_the_program_are_compared_again(here: World, monkeypatch: pytest.MonkeyPatch):
    here.sync(Action.DEPARTMENTS)
    departments = here.database.departments
    (right,) = departments.find(limit=1)
    departments.update_one({"_id": right["_id"]}, {"$set": {"name": "as another version wrote it"}})
    assert here.sync(Action.DEPARTMENTS).updated == 0, "under one version, equal rows are not read again"
    monkeypatch.setattr(task, "CODE_FINGERPRINT", "another version")
    assert here.sync(Action.DEPARTMENTS).updated == 1
    (mended,) = departments.find({"_id": right["_id"]})
    assert mended["name"] == right["name"]
