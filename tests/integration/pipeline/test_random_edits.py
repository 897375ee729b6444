"""Whatever is edited on both sides between incremental runs: after each of them the store holds what Odoo holds.

And the change log tells how it came to that.

What is expected is worked out from the look-alike's stored values alone, so it is what a full run would store.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.change_log import past
from tests.faults.checks import assert_in_step
from tests.support.census import COMPANY, LATER
from tests.support.replayed import Replay
from tests.support.slow import slow
from tests.support.world import Clock, World, world

MODELS = ("crm.lead", "account.move", "res.partner", "hr.employee")
TEXTS = {"crm.lead": "contact_name", "account.move": "ref", "res.partner": "phone", "hr.employee": "work_phone"}
NAMED = ("crm.stage", "crm.team", "res.users", "hr.employee", "res.partner")
ROUNDS, EDITS = 4, 6


class Editor:
    """Edits both sides at random."""

    def __init__(self, here: World, clock: Clock, seed: int) -> None:
        self._odoo, self._lake = here.odoo, here.database.data_lake_serving
        self._clock, self.random = clock, random.Random(seed)
        self._count = 0

    def edit(self) -> None:
        self.random.choice((*self._edits_of_odoo(), self._remove_document, self._replace_document))()

    def edit_odoo(self) -> None:
        self.random.choice(self._edits_of_odoo())()

    def _edits_of_odoo(self) -> tuple[Callable[[], object], ...]:
        return (
            self._write,
            self._write_in_a_slow_transaction,
            self._switch,
            self._create,
            self._delete,
            self._leave_or_come_back,
            self._rename,
        )

    def _pick(self, model: str, domain: list[object] | None = None) -> int:
        return self.random.choice(self._odoo.search(model, domain))

    def _text(self) -> str:
        self._count += 1
        return f"text {self._count}"

    def _write(self) -> None:
        model = self.random.choice(MODELS)
        self._odoo.write(model, self._pick(model), {TEXTS[model]: self._text()})

    def _write_in_a_slow_transaction(self) -> None:
        model, began = self.random.choice(MODELS), self._clock() - timedelta(minutes=5)
        self._odoo.write(model, self._pick(model), {TEXTS[model]: self._text(), "write_date": began})

    def _switch(self) -> None:
        model = self.random.choice(("crm.lead", "hr.employee"))
        number = self._pick(model)
        self._odoo.write(model, number, {"active": not self._odoo.get_value(model, number, "active")})

    def _create(self) -> None:
        lead = {"name": self._text(), "company_id": 1, "type": "lead", "stage_id": 1}
        company = {"name": self._text(), "is_company": True}
        model, values = self.random.choice((("crm.lead", lead), ("res.partner", company)))
        self._odoo.create(model, values)

    def _delete(self) -> None:
        model = self.random.choice(("crm.lead", "account.move"))
        self._odoo.delete(model, self._pick(model))

    def _leave_or_come_back(self) -> None:
        number = self._pick("account.move")
        there = self._odoo.get_value("account.move", number, "move_type") == "out_invoice"
        self._odoo.write("account.move", number, {"move_type": "in_invoice" if there else "out_invoice"})

    def _rename(self) -> None:
        """But for companies, on which the names of their contacts depend."""
        model = self.random.choice(NAMED)
        domain: list[object] = [("is_company", "=", False)] if model == "res.partner" else []
        self._odoo.write(model, self._pick(model, domain), {"name": self._text()})

    def _remove_document(self) -> None:
        document = self.random.choice(list(self._lake.find({"is_active": True}, ["_id"])))
        self._lake.delete_one({"_id": document["_id"]})

    def _replace_document(self) -> None:
        document = self.random.choice(list(self._lake.find({"is_active": True}, ["_id"])))
        self._lake.update_one({"_id": document["_id"]}, {"$unset": {"hash": 1}, "$set": {"data.name": "foreign"}})


@pytest.mark.parametrize("seed", [0, *slow(range(1, 6))])
def test_incremental_runs_follow_every_edit(mongo_uri: str, database_name: str, seed: int):
    clock = Clock()
    settings: dict[str, object] = {"odoo__page_size": 20, "sync__block_size": 20, "sync__retire_min": 100}
    with (
        DemoOdoo(records=40, clock=clock) as odoo,
        world(mongo_uri, database_name, odoo, **settings) as here,
    ):
        here.sync(Action.DATA_LAKE)
        editor, replay = Editor(here, clock, seed), Replay(here.database)
        for _ in range(ROUNDS):
            clock.ahead += LATER
            for _ in range(editor.random.randrange(EDITS)):
                editor.edit()
            result = here.sync(Action.DATA_LAKE)
            assert result.outcome is Outcome.SUCCESS, [str(each) for each in (*result.errors, *result.warnings)]
            assert_in_step(here)
            assert len(replay.follow()) == sum(each.counts.changed for each in result.entities.values())
            total = len(odoo.search("res.partner", COMPANY))
            assert result.entities["accounts"].census == total == result.entities["accounts"].counts.rows


def read_lake(here: World) -> dict[str, list[Any]]:
    """The lake's documents by entity, in the order of their Odoo ids, without what runs note for themselves."""
    notes = ("hash", "fence", "incomplete", "last_aggregated")
    found = here.database.data_lake_serving.find({"entity_type": {"$ne": "user"}}, dict.fromkeys(notes, 0))
    lake: dict[str, list[Any]] = {"accounts": [], "opportunities": [], "invoices": []}
    for document in found.sort("data.id"):
        lake[{"account": "accounts", "opportunity": "opportunities"}.get(document["entity_type"], "invoices")] += [
            document
        ]
    return {name: to_jsonable(documents) for name, documents in lake.items()}


def test_the_lake_is_shown_as_it_was_after_each_run(
    mongo_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(past, "BATCH_SIZE", 7)
    clock = Clock()
    settings: dict[str, object] = {"odoo__page_size": 20, "sync__block_size": 20, "sync__retire_min": 100}
    with (
        DemoOdoo(records=40, clock=clock) as odoo,
        world(mongo_uri, database_name, odoo, **settings) as here,
    ):
        editor, lakes = Editor(here, clock, seed=7), dict[datetime, Any]()
        for number in range(ROUNDS):
            here.sync(Action.DATA_LAKE)
            lakes[datetime.now(UTC)] = read_lake(here)
            clock.ahead += LATER
            odoo.write("res.partner", odoo.search("res.partner", COMPANY)[0], {"phone": f"{number}"})
            for _ in range(3 * EDITS):
                editor.edit_odoo()
        for at, lake in lakes.items():
            for name, documents in lake.items():
                exported = [document.fields for document in here.backend.change_queries.open_export(name, at)]
                assert to_jsonable(exported) == documents
        assert len({str(lake) for lake in lakes.values()}) == ROUNDS
