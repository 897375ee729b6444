"""``entities seen``: changes of fields are told by ``status`` until somebody has seen them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.support.world import World, world


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        parts.database.integrations.insert_one({"integration_type": "odoo"})
        yield parts


def test_changed_fields_are_told_until_somebody_has_seen_them(
    here: World, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    change = {"field": "vat\x1b[2J", "change": "gone", "text": "its values become null", "run_id": "r", "since": "q"}
    here.database.integrations.update_one({}, {"$set": {"drift.data_lake:accounts.k": change}})
    assert command("status") == 0
    assert re.search(r"^drift +accounts: vat.*: gone, its values become null$", capsys.readouterr().out, re.MULTILINE)
    assert command("status", "--json") == 0
    told = {each["name"]: each["drift"] for each in json.loads(capsys.readouterr().out)["entities"]}
    assert [each["change"] for each in told["data_lake:accounts"]] == ["gone"]
    for wrong, sentence in [("acounts", "Did you mean accounts?"), ("deals", "No entity deals is synced.")]:
        assert command("entities", "seen", wrong) == 2
        assert sentence in capsys.readouterr().err
    assert command("entities", "seen", "accounts", "--user", "anna") == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "gone, its values become null" in out
    assert here.last_event()["user_id"] == "anna"
    assert command("entities", "seen", "accounts") == 0
    assert capsys.readouterr().out == "Nothing of accounts waits to be seen.\n"
    assert command("status") == 0
    assert "drift" not in capsys.readouterr().out
    assert command("audit", "--limit", "1") == 0
    assert "accounts: has seen vat" in capsys.readouterr().out
    assert command("entities", "seen", "accounts", ODOO_SYNC_READ_ONLY="true") == 2
    assert "nothing that writes is done" in capsys.readouterr().err
