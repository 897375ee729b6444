"""Stored values are being masked where they stand when the run is killed by ``kill -9``."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from bson import json_util

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.demo import DemoOdoo
from tests.support.processes import Headless, environment
from tests.support.proxy import Proxy, to_mongo
from tests.support.slow import slow
from tests.support.world import World, wait_until, world

KEY = "0123456789abcdef0123456789abcdef"
MASKS = {
    "entities__accounts__mask": {"name": "hash", "phone": "drop"},
    "entities__lake_users__mask": {"name": "initials", "work_phone": "drop"},
}
SECRETS = ("Zebedee", "Quux", "7312 0199")


def fill(here: World) -> None:
    """A company and an employee whose values can be found, in documents and in the change log."""
    company = here.odoo.search("res.partner", [("is_company", "=", True)])[0]
    employee = here.odoo.search("hr.employee")[3]
    here.odoo.write("res.partner", company, {"name": "Zebedee Ltd", "phone": "+49 7312 0199"})
    here.odoo.write("hr.employee", employee, {"name": "Quux", "work_phone": "+49 7312 0199"})
    here.sync(Action.DATA_LAKE)
    here.odoo.write("res.partner", company, {"phone": "+49 7312 0199 1"})
    here.odoo.write("hr.employee", employee, {"work_phone": "+49 7312 0199 2"})
    here.sync(Action.DATA_LAKE)


def find_secrets(here: World) -> list[str]:
    names = set(here.database.list_collection_names()) - {"audit_log"}
    text = "".join(json_util.dumps(list(here.database[name].find()), ensure_ascii=False) for name in names)
    return [each for each in SECRETS if each in text]


@pytest.mark.parametrize(
    ("collection", "number"),
    [("data_lake_serving", 2), *slow([("data_lake_serving", 1), ("sync_changes", 1), ("sync_changes", 2)])],
)
def test_what_kill_9_leaves_half_masked_is_masked_by_the_next_run(
    odoo: DemoOdoo, mongo_uri: str, database_name: str, tmp_path: Path, collection: str, number: int
):
    name, left = f"{database_name}_masking", [number]
    with world(mongo_uri, name, odoo, changes__first_load=True) as here:
        fill(here)
    with world(mongo_uri, name, odoo, changes__first_load=True, masking__key=KEY, **MASKS) as here:
        masks = {setting: json.dumps(mask) for setting, mask in MASKS.items()}
        with Proxy(to_mongo(mongo_uri)) as line:
            killed = Headless(environment(here, tmp_path, **masks, mongo__uri=line.mongo_uri))

            def kill(message: bytes) -> None:
                written = b"\x02update\x00" + (len(collection) + 1).to_bytes(4, "little") + collection.encode()
                left[0] -= written in message
                if not left[0]:
                    killed.send(signal.SIGKILL)
                    wait_until(lambda: killed.ended)
                    raise ConnectionError("the process is gone")

            line.on_chunk = kill
            wait_until(lambda: killed.ended, 60)
        assert killed.end()[0] == -signal.SIGKILL
        assert find_secrets(here), "not all is masked yet"
        assert here.sync(Action.DATA_LAKE).outcome is Outcome.SUCCESS
        assert not find_secrets(here)
        here.database.client.drop_database(name)
