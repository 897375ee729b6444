"""Reading the rows of one page, whatever is wrong with it.

A page that is too big is halved, down to one row. A page with a row that makes the whole call fail is bisected until
that row stands alone. A row that cannot be read is rejected with the reason; no row is ever dropped in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Entity, Rejected
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooTooBigError,
)
from odoo_sync_tui.odoo.caller import Caller
from odoo_sync_tui.odoo.fields import Plan, Plans, probe
from odoo_sync_tui.odoo.limits import PageLimit, Portion
from odoo_sync_tui.odoo.values import WireRow

HOPELESS = 50
"""So many rows that fail, and none that can be read: then it is not the rows."""


@dataclass(slots=True)
class Source:
    """From where the pages of one entity come: shared by all its pages of one fetch."""

    entity: Entity
    caller: Caller
    plans: Plans
    version: int
    limit: PageLimit

    def rows(self, ids: Sequence[int], fields: Sequence[str], cancel: CancelToken) -> list[WireRow]:
        """Those of ``ids`` that still belong to the entity."""
        entity = self.entity
        portion = Portion(len(ids), self.limit)
        return self.caller.rows(entity.model, entity.domain, ids, fields, self.version, portion, cancel)

    def visible(self, ids: Sequence[int], cancel: CancelToken) -> list[int]:
        """Those of ``ids`` that Odoo still lists as the entity's."""
        return self.caller.search(self.entity.model, (*self.entity.domain, ("id", "in", list(ids))), cancel)


class PageReader:
    """Reads one page of wire rows. Use once.

    Attributes:
        rows: by id.
        rejected: rows that could not be read, with the reason.
        plan: the latest plan; rows read with an earlier one hold at least its fields.
    """

    def __init__(self, source: Source, cancel: CancelToken) -> None:
        self.rows: dict[int, WireRow] = {}
        self.rejected: list[Rejected] = []
        self._source = source
        self._cancel = cancel
        self.plan: Plan = source.plans.of(source.entity)
        self._searched_forbidden = False
        self._renewed = False
        self._too_big = False
        self._largest = 0
        self._suspects: set[int] = set()

    def read(self, ids: Sequence[int]) -> None:
        """Read all ``ids``; those that Odoo no longer shows end up neither in rows nor in rejected.

        Raises:
            OdooError: it is not a row that is at fault.
            RunCancelled: a stop was requested.
        """
        self._read_all(ids)
        if self._too_big and self._largest:
            self._source.limit.shrink(self._largest)
        self._look_for_missing(ids)

    def _read_all(self, ids: Sequence[int]) -> None:
        size = self._source.limit.size
        open_chunks = [ids[start : start + size] for start in range(0, len(ids), size)][::-1]
        while open_chunks:
            chunk = open_chunks.pop()
            open_chunks.extend(reversed(self._attempt(chunk)))

    def _attempt(self, ids: Sequence[int]) -> list[Sequence[int]]:
        """Read one chunk; what has to be read instead, if it fails."""
        self._cancel.raise_if_requested()
        try:
            rows = self._source.rows(ids, self.plan.names, self._cancel)
        except (OdooTooBigError, OdooNoAnswerError) as error:
            return self._smaller(ids, error)
        except OdooPoisonRowError as error:
            return self._split(ids, error)
        except OdooAccessError as error:
            return self._with_fewer_fields(ids, error)
        except OdooContractError as error:
            return self._with_new_fields(ids, error)
        wanted = frozenset(ids)
        self.rows.update((row_id, row) for row in rows if (row_id := cast("int", row["id"])) in wanted)
        self._largest = max(self._largest, len(ids))
        return []

    def _smaller(self, ids: Sequence[int], error: OdooError) -> list[Sequence[int]]:
        """Halve, unless the server is silent altogether: then the page is not to blame.

        One row cannot be halved: it is asked once more when Odoo has shown that it answers.
        """
        if isinstance(error, OdooNoAnswerError):
            self._source.caller.look(self._source.entity.model, self._cancel)
            if len(ids) == 1 and ids[0] not in self._suspects:
                self._suspects.add(ids[0])
                return [ids]
        self._too_big = True
        return self._split(ids, error)

    def _split(self, ids: Sequence[int], error: OdooError) -> list[Sequence[int]]:
        if len(ids) > 1:
            middle = len(ids) // 2
            return [ids[:middle], ids[middle:]]
        if self._source.visible(ids, self._cancel):
            self.rejected.append(Rejected(ids[0], str(error)))
        if len(self.rejected) >= HOPELESS and not self.rows:
            raise error
        return []

    def _with_fewer_fields(self, ids: Sequence[int], error: OdooError) -> list[Sequence[int]]:
        if self._searched_forbidden:
            return self._split(ids, error)
        self._searched_forbidden = True
        before = self.plan
        self.plan = self._source.plans.without_forbidden(
            self._source.entity,
            before,
            probe(lambda names: self._source.rows(ids[:1], ["id", *names], self._cancel)),
        )
        return [ids] if self.plan is not before else self._split(ids, error)

    def _with_new_fields(self, ids: Sequence[int], error: OdooError) -> list[Sequence[int]]:
        if self._renewed:
            raise error
        self._renewed = True
        before = self.plan
        self.plan = self._source.plans.renew(self._source.entity, before)
        if self.plan is before:
            raise error
        return [ids]

    def _look_for_missing(self, ids: Sequence[int]) -> None:
        """A row that is absent although Odoo still lists it was not deleted: it is read once more, then rejected.

        Odoo answers no rows, and no error, when some fields may not be read.
        """
        rejected = {each.odoo_id for each in self.rejected}
        missing = [each for each in ids if each not in self.rows and each not in rejected]
        if not missing or not (listed := self._source.visible(missing, self._cancel)):
            return
        self._read_all(listed)
        rejected = {each.odoo_id for each in self.rejected}
        hidden = [each for each in listed if each not in self.rows and each not in rejected]
        self.rejected.extend(Rejected(each, "Odoo lists the record but does not show its fields.") for each in hidden)
