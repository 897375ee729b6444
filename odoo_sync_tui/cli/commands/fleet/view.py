"""``fleet``: all sources on one screen, or printed as a table or as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands.fleet.screen import open_fleet
from odoo_sync_tui.cli.commands.fleet.sources import load_all_sources
from odoo_sync_tui.cli.output.format import format_age
from odoo_sync_tui.cli.output.stdout import emit, emit_json, fit_to_terminal, format_table
from odoo_sync_tui.cli.session import Session, is_terminal
from odoo_sync_tui.core.reports.fleet import SourceState, find_standing, is_old, sort_worst_first
from odoo_sync_tui.core.text.format import format_number

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.core.reports.fleet import FleetState


def run(session: Session) -> int:
    """Open the screen of all sources, or print their state where there is no terminal.

    Raises:
        ConfigurationError: there are no sources, or the main settings are wrong.
        SyncError: the database of the main settings cannot be read.
    """
    if not session.options.json and is_terminal():
        return open_fleet(session)
    fleet = _read(session)
    for source in sort_worst_first(fleet.sources, fleet.at) if session.options.json else ():
        emit_json(_as_dict(source, fleet.at))
    if not session.options.json:
        emit(*fit_to_terminal(_format(fleet)))
    return exit_codes.SUCCESS


def _read(session: Session) -> FleetState:
    sources = load_all_sources(session)
    from odoo_sync_tui.pipeline.fleet.overview import FleetOverview

    with FleetOverview(sources) as overview:
        return overview.read()


def _as_dict(source: SourceState, now: datetime) -> dict[str, object]:
    """Return everything that is known of a source, its name and how it stands first."""
    facts = asdict(source)
    return {
        "source": facts.pop("name"),
        "state": find_standing(source, now),
        **facts,
        "is_late": source.is_late(now),
        "is_old": is_old(source, now),
        "age": None if source.at is None else round((now - source.at).total_seconds(), 1),
    }


def _format(fleet: FleetState) -> list[str]:
    header = ("source", "state", "run", "last success", "rows", "where", "tags", "what is wrong")
    rows = [_row(each, fleet.at) for each in sort_worst_first(fleet.sources, fleet.at)]
    return format_table(header, rows, text_columns=4, text_from=5)


def _row(source: SourceState, now: datetime) -> list[str]:
    return [
        source.name,
        find_standing(source, now),
        _describe_run(source),
        format_age(source.last_success, now),
        format_number(source.documents),
        source.where or "-",
        " ".join(source.tags) or "-",
        source.reason,
    ]


def _describe_run(source: SourceState) -> str:
    run = source.running
    if run is None:
        return "paused" if source.paused else "-"
    total = "" if run.total is None else f" of {format_number(run.total)}"
    return f"{format_number(run.done)}{total} rows"
