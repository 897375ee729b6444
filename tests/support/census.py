"""Runs that list the ids of both sides, and runs that do without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import Call, DemoOdoo
from tests.support.world import Clock, World

Edit = Callable[[], object]

COMPANY = [("is_company", "=", True)]
ACCOUNTS = Scope(entities=("accounts",))
LATER = timedelta(minutes=30)
"""Longer than the overlap of incremental runs."""
LISTED_FROM = 15
"""A search that finds so many rows lists ids: others find a row to try, and what changed."""


class Calls:
    """The calls of a model, in their order; ``edit`` is made when ``method`` is called for the time ``number``."""

    def __init__(
        self, odoo: DemoOdoo, model: str, method: str = "", number: int = 0, edit: Edit = lambda: None
    ) -> None:
        self.methods: list[str] = []
        self._odoo, self._begun = odoo, len(odoo.calls)
        self._model, self._when, self._edit = model, (method, number), edit
        odoo.on_call = self._see

    @property
    def list_ids(self) -> bool:
        searches = [
            call
            for call in list(self._odoo.calls)[self._begun :]
            if (call.model, call.method) == (self._model, "search")
        ]
        return any(call.row_count >= LISTED_FROM for call in searches)

    def _see(self, call: Call) -> None:
        if call.model == self._model:
            self.methods.append(call.method)
            if (call.method, self.methods.count(call.method)) == self._when:
                self._edit()


def sync(here: World, scope: Scope = ACCOUNTS, *, lists: bool, model: str = "res.partner") -> SyncResult:
    """Sync successfully, and check whether the run listed the ids; every row is in one count."""
    seen = Calls(here.odoo, model)
    result = here.sync(Action.DATA_LAKE, scope)
    here.odoo.on_call = None
    assert seen.list_ids is lists, seen.methods
    assert result.outcome is Outcome.SUCCESS, [str(each) for each in (*result.errors, *result.warnings)]
    total = here.odoo.count(model, COMPANY if model == "res.partner" else [])
    assert result.counts.rows - result.deactivated <= total == result.entities[scope.entities[0]].census
    return result


def settled(here: World, clock: Clock, scope: Scope = ACCOUNTS, model: str = "res.partner") -> list[int]:
    """Sync, and let time pass, so that nothing of the first run is read again; the ids of the rows."""
    sync(here, scope, lists=True, model=model)
    clock.ahead += LATER
    return here.odoo.search(model, COMPANY if model == "res.partner" else [])
