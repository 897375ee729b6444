"""Edits that make the look-alike live: every so often somebody creates, changes, archives or deletes a record."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import TracebackType
from typing import Final

from odoo_sync_tui.demo.data.words import FORMS, STEMS, TITLES, TRADES, WANTS
from odoo_sync_tui.demo.server import DemoOdoo
from odoo_sync_tui.demo.values import Json

_MODELS: Final = ("res.partner", "crm.lead", "account.move", "hr.employee")
_ACTIONS: Final = ("change",) * 14 + ("create",) * 3 + ("archive", "unarchive", "delete")
_TRIES: Final = 200
_DAY_ONE: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done to which record."""

    action: str
    model: str
    number: int


class LiveEdits:
    """Edits `server` every `interval` seconds from `start` to `stop`; the choices follow from `seed`."""

    def __init__(self, server: DemoOdoo, *, interval: float = 2.0, seed: int = 1) -> None:
        self._server = server
        self._interval = interval
        self._random = random.Random(seed)  # noqa: S311  made-up data, no secrets
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin editing in a thread. Raises RuntimeError when begun already."""
        if self._thread:
            raise RuntimeError("the edits are running already")
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="demo-odoo-edits", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End editing and wait for the thread."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
        self._thread = None

    def __enter__(self) -> LiveEdits:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def step(self) -> Edit:
        """Make one edit at once and say what it was."""
        action, model = self._random.choice(_ACTIONS), self._random.choice(_MODELS)
        if model == "account.move" and action in {"archive", "unarchive"}:
            action = "change"  # journal entries are not archived
        if action == "create":
            return Edit(action, model, self._server.create(model, self._new(model)))
        number = self._choose(model, action)
        if number is None:
            return Edit("create", model, self._server.create(model, self._new(model)))
        self._edit(action, model, number)
        return Edit(action, model, number)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self.step()

    def _edit(self, action: str, model: str, number: int) -> None:
        edits: dict[str, Callable[[], None]] = {
            "archive": lambda: self._server.archive(model, number),
            "unarchive": lambda: self._server.unarchive(model, number),
            "delete": lambda: self._server.delete(model, number),
        }
        edits.get(action, lambda: self._server.change(model, number, self._changed(model)))()

    def _choose(self, model: str, action: str) -> int | None:
        """An id that the action suits; None when chance finds none, as after many deletions."""
        newest = self._server.last_id(model)
        for _ in range(_TRIES):
            number = self._random.randint(1, newest)
            if self._server.exists(model, number) and self._suits(model, number, action):
                return number
        return None

    def _suits(self, model: str, number: int, action: str) -> bool:
        """Archive what is active, unarchive what is not, and of invoices delete drafts only."""
        if action in {"archive", "unarchive"}:
            return bool(self._server.value(model, number, "active")) == (action == "archive")
        if action == "delete" and model == "account.move":
            return self._server.value(model, number, "state") == "draft"
        return True

    def _changed(self, model: str) -> dict[str, Json]:
        chance = self._random
        if model == "res.partner":
            return {"phone": f"+32 2 {chance.randint(100, 999)} {chance.randint(1000, 9999)}"}
        if model == "crm.lead":
            return {"expected_revenue": chance.randint(1_000, 90_000) + 0.5, "stage_id": chance.randint(1, 4)}
        if model == "account.move":
            return {"payment_state": "paid", "amount_residual": 0.0, "ref": f"PO-{chance.randint(1, 99_999):05}"}
        return {"job_title": chance.choice(TITLES), "work_phone": f"+32 2 555 {chance.randint(1000, 9999)}"}

    def _new(self, model: str) -> dict[str, Json]:
        chance = self._random
        firm = f"{chance.choice(STEMS)} {chance.choice(TRADES)} {chance.choice(FORMS)}"
        if model == "res.partner":
            return {"name": firm, "is_company": True, "country_id": chance.randint(1, 11), "customer_rank": 1}
        if model == "crm.lead":
            return {
                "name": f"{chance.choice(WANTS)} for {firm}",
                "type": "opportunity",
                "stage_id": 1,
                "company_id": 1,
                "expected_revenue": float(chance.randint(500, 50_000)),
                "priority": "0",
            }
        if model == "account.move":
            return self._new_invoice()
        return {"name": f"Newcomer {chance.randint(1, 9999)}", "company_id": 1, "department_id": 1}

    def _new_invoice(self) -> dict[str, Json]:
        chance = self._random
        amount = chance.randint(5_000, 900_000) / 100
        day = _DAY_ONE + timedelta(days=chance.randint(0, 300))
        return {
            "move_type": "out_invoice",
            "state": "draft",
            "name": "/" if self._server.dialect < 18 else False,
            "payment_state": "not_paid",
            "partner_id": 1,
            "commercial_partner_id": 1,
            "company_id": 1,
            "currency_id": 2,
            "amount_untaxed": amount,
            "amount_total": amount,
            "amount_residual": amount,
            "amount_total_signed": amount,
            "invoice_date": day.isoformat(),
            "invoice_date_due": (day + timedelta(days=30)).isoformat(),
        }
