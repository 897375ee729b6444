"""``discover``: find what in Odoo could be declared as an entity, and write a declaration of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_age
from odoo_sync_tui.cli.output.stdout import emit, emit_json, fit_to_terminal, format_table
from odoo_sync_tui.cli.parser import get_config_path
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.discovery import LIST_TYPES, PARTIAL_NOTE, ModelDetails, ModelList, ModelReport
from odoo_sync_tui.core.text.format import format_number

if TYPE_CHECKING:  # the settings load pydantic, the pipeline the drivers
    from odoo_sync_tui.pipeline.queries.discovery import Discovery
    from odoo_sync_tui.settings.model import Settings

_TOML_KEYS = ("model", "fields")
"""The keys of a declaration that is printed."""


def run(session: Session) -> int:
    """Print the models that the Odoo user may read, or the fields of one, or a declaration of it.

    Raises:
        ConfigurationError: a setting is wrong, or there is no such model.
        SyncError: Odoo cannot be reached or refuses, or a file cannot be written.
    """
    options = session.options
    if (options.toml or options.save) and not options.model:
        raise ConfigurationError(
            "--toml and --save make a declaration of one model.", "Name it: odoo-sync-tui discover sale.order --toml"
        )
    settings = session.load_settings()
    if options.save:
        settings.ensure_writable()
    from odoo_sync_tui.pipeline.queries.discovery import Discovery

    with Discovery(settings) as discovery:
        session.progress_writer.show_status(f"reading {options.model or 'the list of models'}")
        found = discovery.describe_model(options.model) if options.model else _list_models(session, discovery)
    session.progress_writer.close()
    session.progress_writer.print(*(f"{notice.message} {notice.hint}" for notice in discovery.warnings))
    if isinstance(found, ModelList):
        _print_models(session, found)
    elif options.save or options.toml:
        _declare(session, settings, found)
    else:
        _print_fields(session, found)
    return exit_codes.SUCCESS


def _list_models(session: Session, discovery: Discovery) -> ModelList:
    def show(_: ModelReport, done: int, total: int) -> None:
        session.progress_writer.show_status(f"{format_number(done)} of {format_number(total)} models counted")

    return discovery.list_models(on_counted=show if session.options.rows else None)


# ------------------------------------------------------------------------------------------------- models


def _print_models(session: Session, found: ModelList) -> None:
    if session.options.json:
        for model in found.models:
            emit_json(model.as_dict())
    else:
        now, with_rows = datetime.now(UTC), session.options.rows
        figures = ["rows", "newest"] if with_rows else []
        rows = [[each.model, *(_figures(each, now) if with_rows else []), each.format_label()] for each in found.models]
        emit(*fit_to_terminal(format_table(["model", *figures, "[entity] label"], rows, text_from=len(figures) + 1)))
    if found.is_partial:
        session.progress_writer.print(PARTIAL_NOTE)


def _figures(model: ModelReport, now: datetime) -> list[str]:
    return [format_number(model.rows), format_age(model.newest, now) if model.newest else "-"]


# ------------------------------------------------------------------------------------------------- fields


def _print_fields(session: Session, details: ModelDetails) -> None:
    if session.options.json:
        for field in details.fields:
            emit_json(field.as_dict())
        return
    rows = [
        [each.name, each.type, each.format_filled(), each.format_reading(), each.format_label()]
        for each in details.fields
    ]
    table = format_table(["field", "type", "filled", "how read", "label"], rows, text_columns=5)
    emit(_describe(details.model), "", *fit_to_terminal(table))


def _describe(model: ModelReport) -> str:
    """Describe a model in a line."""
    name = f"{model.model} ({model.label})" if model.label else model.model
    newest = f", the newest change {format_age(model.newest, datetime.now(UTC))}" if model.newest else ""
    entities = f"; entity {', '.join(model.entities)}" if model.entities else "; no entity yet"
    return f"{name}: {format_number(model.rows)} rows{newest}{entities}"


# ------------------------------------------------------------------------------------------------- the declaration


def _declare(session: Session, settings: Settings, details: ModelDetails) -> None:
    """Print a declaration of the model, or write it to a file of its own."""
    from odoo_sync_tui.entities.declaration import FIELD_NAME, EntityDeclaration
    from odoo_sync_tui.settings.sections.entities import list_built_ins
    from odoo_sync_tui.settings.writer import choose_name, format_declaration, write_declaration

    model = details.model.model
    lists = {
        each.name: each.format_label()
        for each in details.fields
        if each.type in LIST_TYPES and each.is_readable and FIELD_NAME.fullmatch(each.name)
    }
    if session.options.save:
        declaration, config = EntityDeclaration(session.options.save, model), get_config_path(session.options)
        emit(str(write_declaration(declaration, config, lists)))
        session.progress_writer.print(
            f"What it would bring: odoo-sync-tui sync data-lake --entity {declaration.name} --dry-run"
        )
        return
    declaration = EntityDeclaration(choose_name(model, {*list_built_ins(), *settings.entities}), model)
    emit(f"# {_describe(details.model)}", *format_declaration(declaration, _TOML_KEYS, lists))
