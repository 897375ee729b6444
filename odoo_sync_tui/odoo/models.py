"""What Odoo says of its models, and which of their fields an operator chose by patterns."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast

from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import Entity, FieldChoice
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooPoisonRowError,
)
from odoo_sync_tui.core.text.coerce import as_datetime
from odoo_sync_tui.entities.declaration import MODEL_NAME, UNREAD_TYPES, match_fields
from odoo_sync_tui.entities.declared import add_fields
from odoo_sync_tui.entities.masks import FieldType, apply_masks
from odoo_sync_tui.odoo.connection import Connection
from odoo_sync_tui.odoo.rows.values import FieldInfo, parse_field_infos
from odoo_sync_tui.odoo.transport.http import Call, WireRow


class Models:
    """The models of one connection. Every method raises :class:`OdooError` or ``RunCancelled``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def describe(self, model: str) -> Mapping[str, FieldInfo]:
        """Describe all fields of a model that the Odoo user may know of, by name."""
        client, cancel = self._connection.client, self._connection.cancel
        described = self._connection.thread_pool.submit(lambda: client.fields_get(model, (), cancel)).result(cancel)
        return parse_field_infos(described)

    def read_types(self, model: str) -> Mapping[str, WireRow]:
        """Read type and related model of every field of a model."""
        client, cancel = self._connection.client, self._connection.cancel
        read = partial(client.fields_get, model, (), cancel, ("type", "relation"))
        return self._connection.thread_pool.submit(read).result(cancel)

    def resolve(self, entity: Entity, cursor: Cursor | None) -> Entity:
        """Give an entity the fields that its operator chose, and their masks; one without either stays as it is.

        A model or a field that an earlier run has read and that is gone by now is no mistake of the settings.

        Args:
            entity: the entity.
            cursor: what the last run has read.

        Raises:
            ConfigurationError: the settings name a model or a field that Odoo does not have, or one that is not copied
                or cannot be masked.
            OdooMissingModelError: the model is gone since, or was never there, as it may be with one of the package.
            OdooAccessError: the user may not read the model.
        """
        chosen = self._add_chosen_fields(entity, cursor)
        if chosen.masking is None:
            return chosen
        client, cancel = self._connection.client, self._connection.cancel
        described = self._connection.thread_pool.submit(
            lambda: client.fields_get(chosen.model, chosen.fields, cancel)
        ).result(cancel)
        types = {
            name: FieldType(info.type, info.relation, info.depends)
            for name, info in parse_field_infos(described).items()
        }
        return apply_masks(chosen, types, cursor.fields if cursor else ())

    def _add_chosen_fields(self, entity: Entity, cursor: Cursor | None) -> Entity:
        if entity.choice is None:
            return entity
        try:
            infos = self.describe(entity.model)
        except OdooMissingModelError as error:
            if cursor or entity.fields:
                raise
            raise self._unknown_model(entity, error) from error
        check_choice(entity, entity.choice, infos, cursor)
        chosen = choose_fields(entity.choice, infos, cursor)
        known = () if entity.choice.parent else entity.fields
        entity = replace(entity, choice=replace(entity.choice, left_out=chosen.left_out))
        return add_fields(entity, {info.name: info.type for info in chosen.infos if info.name not in known}, infos)

    def find_unreadable(self, model: str, names: Sequence[str]) -> Mapping[str, bool | None]:
        """Find out why fields are not shown: ``True``: by the rights of the user, ``False``: they are gone.

        Odoo refuses to read a field of the first kind, and does not understand one of the second; ``None``: neither.
        """
        return {name: self._is_unreadable(model, name) for name in names}

    def _is_unreadable(self, model: str, name: str) -> bool | None:
        client, cancel = self._connection.client, self._connection.cancel
        try:
            read = partial(client.search_read, model, (), [name], cancel, limit=1)
            self._connection.thread_pool.submit(read).result(cancel)
        except OdooAccessError:
            return True
        except OdooContractError:
            return False
        except (OdooMissingModelError, OdooPoisonRowError):
            pass
        return None

    def find_creation_times(self, model: str, names: Sequence[str]) -> Mapping[str, datetime]:
        """Find out when custom fields were made; fields of modules have no such time, and not every user may ask."""
        client, cancel = self._connection.client, self._connection.cancel
        domain = (("model", "=", model), ("name", "in", list(names)))
        try:
            read = partial(client.search_read, "ir.model.fields", domain, ["name", "create_date"], cancel)
            rows = self._connection.thread_pool.submit(read).result(cancel)
        except (OdooAccessError, OdooMissingModelError):
            return {}
        times = ((row.get("name"), as_datetime(row.get("create_date"))) for row in rows)
        return {name: at for name, at in times if isinstance(name, str) and at}

    def list_available(self) -> dict[str, str | None]:
        """List the models that Odoo offers its user, with their labels; none where it does not: before version 16."""
        client, cancel = self._connection.client, self._connection.cancel
        call = Call("ir.model", "get_available_models")
        try:
            answer = self._connection.thread_pool.submit(lambda: client.call(call, cancel)).result(cancel)
        except (OdooAccessError, OdooContractError, OdooMissingModelError):
            return {}
        rows = cast("list[object]", answer) if isinstance(answer, list) else []
        return _parse_models((cast("WireRow", row) for row in rows if isinstance(row, dict)), "display_name")

    def list_all(self) -> dict[str, str | None]:
        """List all models that hold data for longer than a dialog, with their labels; none where the user may not."""
        client, cancel = self._connection.client, self._connection.cancel
        domain, fields = (("transient", "=", False),), ["model", "name"]

        def read() -> list[WireRow]:
            return client.search_read("ir.model", domain, fields, cancel, order="model")

        try:
            return _parse_models(self._connection.thread_pool.submit(read).result(cancel), "name")
        except (OdooAccessError, OdooMissingModelError):
            return {}

    def _unknown_model(self, entity: Entity, error: OdooMissingModelError) -> ConfigurationError:
        nearest = difflib.get_close_matches(entity.model, self.list_available() or self.list_all(), n=1)
        guess = f"Did you mean {nearest[0]}?" if nearest else "The command discover lists the models."
        return ConfigurationError(f"{entity.name}: {error.message}", guess)


@dataclass(frozen=True, slots=True)
class ChosenFields:
    """Fields of a model that a choice means now, sorted by name.

    Attributes:
        infos: the fields to read.
        left_out: fields that match and are not read, because no run has read them so far, under the same choice.
    """

    infos: tuple[FieldInfo, ...]
    left_out: tuple[str, ...] = ()


def choose_fields(choice: FieldChoice, infos: Mapping[str, FieldInfo], cursor: Cursor | None) -> ChosenFields:
    """Choose fields of a model by patterns; what is new is left out if the choice says so.

    Args:
        choice: what an operator chose.
        infos: all fields of the model.
        cursor: what the last run has read.
    """
    names = match_fields(choice.patterns, infos)
    known = frozenset(cursor.fields if cursor and cursor.patterns == choice.patterns else ())
    taken = names
    if known and not choice.takes_new:
        taken = names.intersection(known.union(choice.patterns))
    shown = sorted(_with_currencies(taken, choice, infos))
    return ChosenFields(tuple(infos[name] for name in shown), tuple(sorted(names.difference(shown))))


def check_choice(entity: Entity, choice: FieldChoice, infos: Mapping[str, FieldInfo], cursor: Cursor | None) -> None:
    """Check the names that an operator wrote, but for those that the last run still knew: Odoo lost them since.

    Raises:
        ConfigurationError: Odoo has no such field, or one that cannot be copied.
    """
    known = infos.keys() | frozenset(cursor.fields if cursor else ())
    taken_away = [each[1:] for each in choice.patterns if each.startswith("-")]
    asked_about = [*_list_domain_fields(entity.domain), *taken_away] if cursor is None else []
    for name in (*choice.patterns, *asked_about):
        if "*" not in name and not name.startswith("-") and name not in known:
            raise _unknown_field(entity, name, infos)
        if name in choice.patterns and name in infos and infos[name].type in UNREAD_TYPES:
            raise ConfigurationError(
                f"{entity.name} cannot have the field {name} of {entity.model}: it is binary, which is not copied.",
                "Take it out of the fields in the settings.",
            )


def _with_currencies(names: Collection[str], choice: FieldChoice, infos: Mapping[str, FieldInfo]) -> set[str]:
    """Add the currencies of amounts, unless they were taken away."""
    currencies = {currency for name in names if (currency := infos[name].currency_field)}
    return {*names, *(each for each in currencies if each in infos and f"-{each}" not in choice.patterns)}


def _list_domain_fields(domain: Sequence[object]) -> Iterator[str]:
    """List the fields of the model that a domain asks about: of a path the first."""
    for term in domain:
        leaf = cast("Sequence[object]", term) if isinstance(term, (list, tuple)) else ()
        if leaf and isinstance(leaf[0], str):
            yield leaf[0].partition(".")[0]


def _unknown_field(entity: Entity, name: str, infos: Mapping[str, FieldInfo]) -> ConfigurationError:
    nearest = difflib.get_close_matches(name, infos, n=1)
    return ConfigurationError(
        f"{entity.name}: Odoo's {entity.model} has no field {name}.",
        f"Did you mean {nearest[0]}?" if nearest else f"The command discover {entity.model} lists its fields.",
    )


def _parse_models(rows: Iterable[WireRow], label: str) -> dict[str, str | None]:
    """Take the labels by model; what cannot be the name of a model is left out."""
    pairs = ((row.get("model"), row.get(label)) for row in rows)
    return {
        model: text if isinstance(text, str) else None
        for model, text in pairs
        if isinstance(model, str) and MODEL_NAME.fullmatch(model)
    }
