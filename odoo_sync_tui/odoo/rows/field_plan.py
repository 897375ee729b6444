"""Field plan of an entity: its fields that the server has and the user may read.

One field without rights makes a whole call fail, and ``fields_get`` lists some unreadable fields: rights show only when
a field is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import OdooAccessError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.entities.masks import find_masker, list_masked_fields
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.rows.decoder import RowDecoder
from odoo_sync_tui.odoo.rows.fingerprints import RowFingerprinter
from odoo_sync_tui.odoo.rows.values import FieldInfo, parse_field_infos
from odoo_sync_tui.runtime.cancel import CancelToken


@dataclass(frozen=True, slots=True, eq=False)
class FieldPlan:
    """Fields read of an entity, and their decoder. Compared by identity: a newer plan replaces an older one.

    ``infos`` are all fields read; ``hidden_names`` those among them that only carry the currency of others.
    """

    infos: tuple[FieldInfo, ...]
    hidden_names: frozenset[str]
    missing_names: tuple[str, ...]
    decoder: RowDecoder
    fingerprinter: RowFingerprinter

    @property
    def names(self) -> list[str]:
        """The names of all fields read."""
        return [info.name for info in self.infos]

    @property
    def has_money(self) -> bool:
        """Whether an amount is to be rounded by its currency."""
        return any(info.type == "monetary" and info.currency_field for info in self.infos)

    @property
    def visible_names(self) -> tuple[str, ...]:
        """The sorted names of the fields that end up in rows."""
        return tuple(sorted(info.name for info in self.infos if info.name not in self.hidden_names))

    @property
    def shapes(self) -> dict[str, str]:
        """What values the fields may have that end up in rows, by name."""
        return {info.name: info.shape for info in self.infos if info.name not in self.hidden_names}

    def describe_fields(self) -> list[str]:
        """Describe all fields, for the fingerprint of the reading."""
        return sorted(repr(info) for info in self.infos)


def make_field_plan(entity: Entity, infos: dict[str, FieldInfo], forbidden: frozenset[str] = frozenset()) -> FieldPlan:
    """Make the plan of an entity from the ``fields_get`` answers for its fields and their currencies."""
    wanted = dict.fromkeys(("id", *entity.fields))
    read_infos = [infos[name] for name in wanted if name in infos and name not in forbidden]
    read_names = {info.name for info in read_infos}
    currencies = {info.currency_field for info in read_infos if info.currency_field} - read_names - forbidden
    hidden = frozenset(name for name in currencies if name in infos)
    all_infos = (*read_infos, *(infos[name] for name in sorted(hidden)))
    missing = tuple(name for name in wanted if name not in read_names)
    decoder = RowDecoder(all_infos, hidden, list_masked_fields(entity))
    fingerprinter = RowFingerprinter([info.name for info in all_infos], decoder.many2one, find_masker(entity))
    return FieldPlan(all_infos, hidden, missing, decoder, fingerprinter)


class FieldPlans:
    """Field plans of one connection, by entity; replaced when fields vanish or turn out to be forbidden."""

    def __init__(self, client: ModelClient, warn: Callable[[Notice], None], cancel: CancelToken) -> None:
        self._client = client
        self._warn = warn
        self._cancel = cancel
        self._lock = threading.RLock()
        self._plans: dict[str, FieldPlan] = {}

    def get(self, entity: Entity) -> FieldPlan:
        """Get the current plan of an entity; it is made on first use.

        Raises:
            OdooMissingModelError, OdooAccessError, OdooTransientError, ...: Odoo could not be asked.
        """
        with self._lock:
            if (plan := self._plans.get(entity.id)) is None:
                plan = self._plans[entity.id] = make_field_plan(entity, self._read_infos(entity))
            return plan

    def refresh(self, entity: Entity, old_plan: FieldPlan) -> FieldPlan:
        """Read the field descriptions again after a field vanished; return the same plan when nothing changed."""
        with self._lock:
            current = self.get(entity)
            if current is not old_plan:
                return current
            forbidden = frozenset(entity.fields) - {info.name for info in current.infos}
            plan = make_field_plan(entity, self._read_infos(entity), forbidden)
            if plan.names == current.names:
                return current
            for name in sorted(set(current.names) - set(plan.names)):
                self._warn(_dropped_field_notice(entity, name, "no longer exists in Odoo"))
            self._plans[entity.id] = plan
            return plan

    def drop_forbidden_fields(
        self, entity: Entity, old_plan: FieldPlan, can_read: Callable[[Sequence[str]], bool]
    ) -> FieldPlan:
        """Find the fields that fail ``can_read``, and drop them; return the same plan when there are none."""
        with self._lock:
            current = self.get(entity)
            if current is not old_plan:
                return current
            names = [name for name in current.names if name != "id"]
            forbidden = frozenset(find_forbidden_fields(names, can_read))
            if not forbidden or forbidden.issuperset(names):
                return current
            infos = {info.name: info for info in current.infos}
            for name in sorted(forbidden):
                self._warn(_dropped_field_notice(entity, name, "may not be read by the Odoo user"))
            missing = frozenset(entity.fields) - set(current.names)
            plan = self._plans[entity.id] = make_field_plan(entity, infos, forbidden | missing)
            return plan

    def _read_infos(self, entity: Entity) -> dict[str, FieldInfo]:
        infos = parse_field_infos(self._client.fields_get(entity.model, ["id", *entity.fields], self._cancel))
        currencies = {info.currency_field for info in infos.values() if info.currency_field} - infos.keys()
        if currencies:
            infos |= parse_field_infos(self._client.fields_get(entity.model, ["id", *sorted(currencies)], self._cancel))
        return infos


def find_forbidden_fields(names: Sequence[str], can_read: Callable[[Sequence[str]], bool]) -> list[str]:
    """Find the forbidden names by halving the list until they stand alone."""
    if not names or can_read(names):
        return []
    if len(names) == 1:
        return list(names)
    middle = len(names) // 2
    return find_forbidden_fields(names[:middle], can_read) + find_forbidden_fields(names[middle:], can_read)


def make_access_check(read: Callable[[Sequence[str]], object]) -> Callable[[Sequence[str]], bool]:
    """Make a check whether ``read`` of some fields passes without an :class:`OdooAccessError`."""

    def can_read(names: Sequence[str]) -> bool:
        try:
            read(names)
        except OdooAccessError:
            return False
        return True

    return can_read


def _dropped_field_notice(entity: Entity, name: str, why: str) -> Notice:
    return Notice(
        "odoo_field",
        f"The field {name} of {entity.model} {why}; its column is left empty.",
        "Give the Odoo user the right to read it if you need it." if "may not" in why else "",
        entity.name,
    )
