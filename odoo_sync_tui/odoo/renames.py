"""What became of the names that documents hold: when the models of related records changed last, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from odoo_sync_tui.core.entity import CLOCK_TOLERANCE, Block, Entity, RelatedState
from odoo_sync_tui.core.errors import OdooAccessError, OdooContractError, OdooMissingModelError
from odoo_sync_tui.odoo.connection import Connection
from odoo_sync_tui.odoo.rows.ids import MAX_IDS_PER_LIST_CALL
from odoo_sync_tui.runtime.threads import Future

R = TypeVar("R")

UNREADABLE = (OdooAccessError, OdooContractError, OdooMissingModelError)
"""Errors of a model whose changes cannot be seen: its names come with the next change of the row, or a full run."""


class RelatedModels:
    """Related models of one connection. Every method raises :class:`OdooError` or ``RunCancelled``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._states: dict[str, RelatedState | None] = {}

    def get_fields(self, entity: Entity) -> Mapping[str, str]:
        """Return the models of the fields that refer to one record, by field."""
        plan = self._submit(lambda: self._connection.field_plans.get(entity)).result(self._connection.cancel)
        return dict(plan.decoder.many2one)

    def read_states(self, models: Collection[str]) -> tuple[RelatedState, ...]:
        """Read when each model changed last, once for a connection: before any of its names is read.

        Models that the Odoo user may not read are left out.
        """
        wanted = sorted(set(models) - self._states.keys() - self._connection.related_names.forbidden_models)
        futures = {model: self._submit(lambda model=model: self._read_newest(model)) for model in wanted}
        for model, future in futures.items():
            newest = future.result(self._connection.cancel)
            self._states[model] = self._make_state(model, newest) if newest else None
        found = (self._states.get(model) for model in sorted(models))
        return tuple(state for state in found if state)

    def read_names(self, model: str, since: datetime) -> Mapping[int, str] | None:
        """Read the names of the records written at or after ``since``; ``None`` where they are too many.

        Records without a name that can be read are left out.
        """
        connection, start = self._connection, since.astimezone(UTC).replace(microsecond=0)

        def read() -> Mapping[int, str] | None:
            reader, everywhere = connection.id_reader, Block(0, None)
            ids: Sequence[int] = reader.read_changed_ids(model, (), everywhere, start, MAX_IDS_PER_LIST_CALL)
            if len(ids) == MAX_IDS_PER_LIST_CALL:
                return None
            names = connection.related_names.resolve(model, ids, connection.cancel, by_columns=True)
            return {each: related.name for each, related in names.related.items() if related.name is not None}

        try:
            return self._submit(read).result(connection.cancel)
        except UNREADABLE:
            return {}

    def _read_newest(self, model: str) -> datetime | None:
        try:
            return self._connection.id_reader.read_newest_write_date(model, ())
        except UNREADABLE:
            return None

    def _make_state(self, model: str, newest: datetime) -> RelatedState:
        now = self._connection.session.server_time or newest
        return RelatedState(model, min(newest, now) if newest > now + CLOCK_TOLERANCE else newest, now)

    def _submit(self, work: Callable[[], R]) -> Future[R]:
        return self._connection.thread_pool.submit(work)
