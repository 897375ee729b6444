"""Discovery of what could be declared as an entity: models of Odoo, their fields, and what is an entity already."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from odoo_sync_tui.core.errors import ConfigurationError, OdooMissingModelError
from odoo_sync_tui.core.reports.discovery import ModelDetails, ModelList, ModelReport
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.entities.declaration import MODEL_NAME, EntityChanges, EntityTable
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.discovery import OdooDiscovery
from odoo_sync_tui.pipeline.task import make_host_gate
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sections.entities import list_built_ins

MAX_SUGGESTIONS = 3


class Discovery:
    """Connection to the Odoo of the settings, which finds out what it holds. Use it as a context manager.

    MongoDB is opened only where the settings leave the login of Odoo to it.

    Raises:
        ConfigurationError: the login is set nowhere, or wrong.
        OdooTransientError: the server cannot be reached now.
    """

    def __init__(self, settings: Settings, cancel: CancelToken | None = None) -> None:
        self._config = _build_odoo_config(settings)
        self._connector = OdooDiscovery(self._config, cancel, host_gate=make_host_gate(settings))
        self._entities = _list_entities(settings)
        self._masks = {name: table.mask for name, table in settings.entities.items()}
        self._tables = _list_tables(settings)

    def __enter__(self) -> Self:
        self._connector.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connector.disconnect()

    @property
    def warnings(self) -> list[Notice]:
        """Warnings for the operator about the connection."""
        return self._connector.warnings

    def list_models(self, *, on_counted: Callable[[ModelReport, int, int], None] | None = None) -> ModelList:
        """List the models that the Odoo user may read.

        Args:
            on_counted: the rows are counted too, which takes a call a model: called with each, how many are counted,
                and how many there are. Models without a row then come last.
        """
        listed = self._connector.list_models(self._entities.keys())
        models = [replace(each, entities=self._entities.get(each.model, ())) for each in listed.models]
        if on_counted:
            names = [each.model for each in models]
            for place, (_, summary) in enumerate(self._connector.summarize_models(names)):
                if summary:
                    models[place] = replace(models[place], rows=summary.count, newest=summary.newest)
                on_counted(models[place], place + 1, len(names))
        found = replace(listed, models=tuple(models))
        return found.sort_empty_last() if on_counted else found

    def describe_model(self, model: str) -> ModelDetails:
        """Describe a model with its fields.

        Raises:
            ConfigurationError: there is no such model.
            OdooAccessError: the Odoo user may not read it.
        """
        if not MODEL_NAME.fullmatch(model):
            raise self._make_unknown_error(model)
        try:
            details = self._connector.describe_model(model)
        except OdooMissingModelError:
            raise self._make_unknown_error(model) from None
        fields = tuple(replace(each, masks=self._list_masks(model, each.name)) for each in details.fields)
        return replace(details, model=replace(details.model, entities=self._entities.get(model, ())), fields=fields)

    def _list_masks(self, model: str, field: str) -> dict[str, str]:
        names = self._entities.get(model, ())
        return {name: str(kind) for name in names if (kind := self._masks.get(name, {}).get(field))}

    def list_tables(self, model: str) -> tuple[EntityTable, ...]:
        """List what the settings say of the entities of a model; of a built-in one that they do not name, no change."""
        return self._tables.get(model, ())

    def _make_unknown_error(self, model: str) -> ConfigurationError:
        names = [each.model for each in self._connector.list_models().models]
        near = difflib.get_close_matches(model.strip().lower().replace(" ", "."), names, n=MAX_SUGGESTIONS)
        hint = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else "Install the Odoo application that brings it, or look for another one: odoo-sync-tui discover."
        )
        return ConfigurationError(f"Odoo at {self._config.url} has no model {model}.", hint)


def _build_odoo_config(settings: Settings) -> OdooConfig:
    """Build the config as a run does, but look into the store only if the settings leave something to it."""
    try:
        return settings.build_odoo_config(None)
    except ConfigurationError:
        from odoo_sync_tui.store.database import open_store  # loads the driver

        with open_store(settings.build_mongo_config()) as store:
            return settings.build_odoo_config(store.integrations.config())


def _list_entities(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """List the names of all entities, as the settings have them, by model."""
    models = {name: entity.model for name, entity in list_built_ins().items()}
    models |= {declared.name: declared.model for declared in settings.declared_entities}
    return {model: tuple(name for name, its in models.items() if its == model) for model in models.values()}


def _list_tables(settings: Settings) -> Mapping[str, tuple[EntityTable, ...]]:
    """List the tables of all entities by model, declared ones first."""
    changes = {each.entity_id: each for each in settings.entity_changes}
    tables: list[tuple[str, EntityTable]] = [(each.model, each) for each in settings.declared_entities]
    built_ins = list_built_ins().values()
    tables += [(each.model, changes.get(each.id, EntityChanges(each.id))) for each in built_ins]
    return {model: tuple(table for its, table in tables if its == model) for model, _ in tables}
