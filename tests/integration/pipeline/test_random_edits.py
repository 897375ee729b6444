"""Whatever is edited on both sides between incremental runs: after each of them the store holds what Odoo holds.

And the change log tells how it came to that.

What is expected is worked out from the look-alike's stored values alone, so it is what a full run would store.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.demo import DemoOdoo
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
        edits: tuple[Callable[[], object], ...] = (
            self._write,
            self._write_in_a_slow_transaction,
            self._switch,
            self._create,
            self._delete,
            self._leave_or_come_back,
            self._rename,
            self._remove_document,
            self._replace_document,
        )
        self.random.choice(edits)()

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


@pytest.mark.parametrize("seed", [0, 1, *slow(range(2, 6))])
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
