"""Random edits of the look-alike: records are created, changed, archived and deleted at intervals."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import TracebackType
from typing import Final

from odoo_sync_tui.demo.data.words import JOB_TITLES, LEAD_SUBJECTS, LEGAL_FORMS, NAME_STEMS, TRADES
from odoo_sync_tui.demo.server import DemoOdoo
from odoo_sync_tui.demo.values import Json

_MODELS: Final = ("res.partner", "crm.lead", "account.move", "hr.employee")
_ACTIONS: Final = ("change",) * 14 + ("create",) * 3 + ("archive", "unarchive", "delete")
_MAX_TRIES: Final = 200
_FIRST_DAY: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one record."""

    action: str
    model: str
    record_id: int


class LiveEdits:
    """Thread that edits `server` every `interval` seconds; the choices depend on `seed`."""

    def __init__(self, server: DemoOdoo, *, interval: float = 2.0, seed: int = 1) -> None:
        self._server = server
        self._interval = interval
        self._random = random.Random(seed)  # noqa: S311  made-up data, no secrets
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start editing in a thread. Raises RuntimeError if already started."""
        if self._thread:
            raise RuntimeError("the edits are running already")
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="demo-odoo-edits", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop editing and wait for the thread."""
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
        """Make one edit now and return it."""
        action, model = self._random.choice(_ACTIONS), self._random.choice(_MODELS)
        if model == "account.move" and action in {"archive", "unarchive"}:
            action = "change"  # journal entries are not archived
        if action == "create":
            return Edit(action, model, self._server.create(model, self._new_values(model)))
        number = self._choose(model, action)
        if number is None:
            return Edit("create", model, self._server.create(model, self._new_values(model)))
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
        edits.get(action, lambda: self._server.write(model, number, self._changed_values(model)))()

    def _choose(self, model: str, action: str) -> int | None:
        """Choose a suitable id for the action; None if random tries find none, as after many deletions."""
        newest = self._server.last_id(model)
        for _ in range(_MAX_TRIES):
            number = self._random.randint(1, newest)
            if self._server.exists(model, number) and self._is_suitable(model, number, action):
                return number
        return None

    def _is_suitable(self, model: str, number: int, action: str) -> bool:
        """Whether the action suits the record: archive active ones, unarchive others, delete only draft invoices."""
        if action in {"archive", "unarchive"}:
            return bool(self._server.get_value(model, number, "active")) == (action == "archive")
        if action == "delete" and model == "account.move":
            return self._server.get_value(model, number, "state") == "draft"
        return True

    def _changed_values(self, model: str) -> dict[str, Json]:
        rng = self._random
        if model == "res.partner":
            return {"phone": f"+32 2 {rng.randint(100, 999)} {rng.randint(1000, 9999)}"}
        if model == "crm.lead":
            return {"expected_revenue": rng.randint(1_000, 90_000) + 0.5, "stage_id": rng.randint(1, 4)}
        if model == "account.move":
            return {"payment_state": "paid", "amount_residual": 0.0, "ref": f"PO-{rng.randint(1, 99_999):05}"}
        return {"job_title": rng.choice(JOB_TITLES), "work_phone": f"+32 2 555 {rng.randint(1000, 9999)}"}

    def _new_values(self, model: str) -> dict[str, Json]:
        rng = self._random
        company_name = f"{rng.choice(NAME_STEMS)} {rng.choice(TRADES)} {rng.choice(LEGAL_FORMS)}"
        if model == "res.partner":
            return {"name": company_name, "is_company": True, "country_id": rng.randint(1, 11), "customer_rank": 1}
        if model == "crm.lead":
            return {
                "name": f"{rng.choice(LEAD_SUBJECTS)} for {company_name}",
                "type": "opportunity",
                "stage_id": 1,
                "company_id": 1,
                "expected_revenue": float(rng.randint(500, 50_000)),
                "priority": "0",
            }
        if model == "account.move":
            return self._new_invoice_values()
        return {"name": f"Newcomer {rng.randint(1, 9999)}", "company_id": 1, "department_id": 1}

    def _new_invoice_values(self) -> dict[str, Json]:
        rng = self._random
        amount = rng.randint(5_000, 900_000) / 100
        day = _FIRST_DAY + timedelta(days=rng.randint(0, 300))
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
