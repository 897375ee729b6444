"""What became of the names that documents hold: when the models of related records changed last, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from odoo_sync_tui.core.cursor import RelatedState
from odoo_sync_tui.core.entity import CLOCK_TOLERANCE, Domain, Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooPoisonRowError,
    OdooTooBigError,
)
from odoo_sync_tui.odoo.connection import Connection
from odoo_sync_tui.odoo.rows.ids import MAX_IDS_PER_LIST_CALL
from odoo_sync_tui.runtime.threads import Future

R = TypeVar("R")

NAMED_BY = {"res.users": ("partner_id", "res.partner")}
"""Models whose records bear the name of another one, by which field and of which model: its change stamps not them."""
UNREADABLE = (OdooAccessError, OdooContractError, OdooMissingModelError)
"""Errors of a model whose names may not be read: they come with the next change of the row, or a full run."""
FAILURES = (OdooPoisonRowError, OdooTooBigError)
"""Errors of a model that may be readable the next time."""


class RelatedModels:
    """Related models of one connection. Every method raises :class:`OdooError` or ``RunCancelled``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pending: dict[str, Future[RelatedState | None]] = {}

    def get_fields(self, entity: Entity) -> Mapping[str, str]:
        """Return the models of the fields that refer to one record, by field."""
        plan = self._submit(lambda: self._connection.field_plans.get(entity)).result(self._connection.cancel)
        return dict(plan.decoder.many2one)

    def request_states(self, models: Collection[str]) -> None:
        """Start to read when each model changed last, once for a connection: before any of its names is read."""
        for model in sorted(
            with_sources(models) - self._pending.keys() - self._connection.related_names.forbidden_models
        ):
            self._pending[model] = self._submit(lambda model=model: self._read_state(model))

    def read_states(self, models: Collection[str]) -> tuple[RelatedState, ...]:
        """Read when each model changed last, and those that give it its names; without those that may not be read."""
        self.request_states(models)
        pending = [self._pending[model] for model in sorted(with_sources(models)) if model in self._pending]
        states = [each.result(self._connection.cancel) for each in pending]
        return tuple(state for state in states if state)

    def read_names(self, model: str, since: datetime) -> Mapping[int, str] | None:
        """Read the names of the records that were written at or after ``since``, or whose name was.

        ``None`` where they are too many, or cannot be read now; records whose name is hidden are left out.
        """
        connection, start = self._connection, since.astimezone(UTC).replace(microsecond=0)
        domain: Domain = (("write_date", ">=", start),)
        if model in NAMED_BY:
            domain = ("|", *domain, (f"{NAMED_BY[model][0]}.write_date", ">=", start))

        def read() -> Mapping[int, str] | None:
            ids = connection.id_reader.read_ids(model, domain, max_count=MAX_IDS_PER_LIST_CALL)
            if len(ids) == MAX_IDS_PER_LIST_CALL:
                return None
            by_columns = connection.may_read_columns
            names = connection.related_names.resolve(model, ids, connection.cancel, by_columns=by_columns)
            return {each: related.name for each, related in names.related.items() if related.name is not None}

        try:
            return self._submit(read).result(connection.cancel)
        except UNREADABLE:
            return {}
        except FAILURES:
            return None

    def _read_state(self, model: str) -> RelatedState | None:
        try:
            newest = self._connection.id_reader.read_newest_write_date(model, ())
        except (*UNREADABLE, *FAILURES):
            return None
        if newest is None:
            return None
        now = self._connection.session.server_time or newest
        return RelatedState(model, now if newest > now + CLOCK_TOLERANCE else newest, now, now)

    def _submit(self, work: Callable[[], R]) -> Future[R]:
        return self._connection.thread_pool.submit(work)


def with_sources(models: Collection[str]) -> set[str]:
    """Return the models, and those that give them their names."""
    return {*models, *(NAMED_BY[model][1] for model in models if model in NAMED_BY)}
