"""``verify``: compare the store with Odoo, and repair differences on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import SignalReceived, cancel_on_signal
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.verification import EntityVerification, Verdict, Verification
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.text.format import format_duration, format_number
from odoo_sync_tui.runtime.cancel import CancelToken

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.pipeline.backend import Backend
    from odoo_sync_tui.settings.model import Settings

_MAX_EXAMPLES = 10


def run(session: Session) -> int:
    """Verify, repair on request, print the findings, and return the exit code of the verdict.

    Raises:
        SyncError: Odoo or the store cannot be read, or the repair could not begin.
    """
    options = session.options
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    if options.repair:
        settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend
    from odoo_sync_tui.pipeline.catalog import build_catalog

    entities = build_catalog(settings).select(ACTIONS.get(options.what), options.entity)
    cancel = CancelToken()
    with open_backend(settings) as backend, cancel_on_signal(cancel, session.progress_writer.print) as signals:
        try:
            first, runs, last = _verify_and_repair(session, settings, entities, backend, cancel)
        except SyncError as error:
            if signals.received is None:
                raise
            session.progress_writer.print(str(error))
            raise SignalReceived(signals.received) from error
        finally:
            session.progress_writer.close()
    if options.json:
        emit_json(_as_dict(first, runs, last))
    else:
        emit(*_report(last, runs))
    for notice in (*last.errors, *last.warnings):
        session.progress_writer.print(str(notice))
    if signals.received:
        return exit_codes.of_signal(signals.received)
    return exit_codes.SUCCESS if last.verdict is Verdict.IN_STEP else exit_codes.FAILED


def _verify_and_repair(
    session: Session, settings: Settings, entities: Sequence[Entity], backend: Backend, cancel: CancelToken
) -> tuple[Verification, list[SyncResult], Verification]:
    """Verify, repair on request; return the first verification, the repair runs, and the last verification."""
    options, narrator = session.options, session.progress_writer
    sample = None if options.full or options.rolling else options.sample
    first = backend.verifier(on_progress=narrator.show_progress, cancel=cancel).verify(
        entities, sample, options.rolling
    )
    narrator.close()
    runs: list[SyncResult] = []
    for action, scope in first.plan_repairs() if options.repair else ():
        narrator.print(f"{', '.join(scope.entities)}: out of step, repaired by a full {action}")
        service = backend.service(on_progress=narrator.show_progress, cancel=cancel)
        runs.append(service.sync(action, settings.operator_name, scope))
        for notice in (*runs[-1].errors, *runs[-1].warnings):
            narrator.print(str(notice))
    if not runs:
        return first, runs, first
    repaired = [entity for entity in entities if entity.id in _out_of_step(first)]
    repeated = backend.verifier(on_progress=narrator.show_progress, cancel=cancel).verify(repaired, sample)
    return first, runs, first.merge(repeated)


def _out_of_step(verification: Verification) -> set[str]:
    return {entity.id for entity in verification.entities if entity.verdict is Verdict.OUT_OF_STEP}


def _as_dict(first: Verification, runs: list[SyncResult], last: Verification) -> dict[str, object]:
    """Convert the last verification to plain data; after a repair with its runs and the first verification."""
    if not runs:
        return last.as_dict()
    repair = {"before": first.as_dict()["entities"], "runs": [result.as_dict() for result in runs]}
    return {**last.as_dict(), "repair": repair}


def _report(verification: Verification, runs: list[SyncResult]) -> list[str]:
    """Format the counts of each entity, and below them the ids to look at."""
    findings = list(verification.entities[0].findings.by_name()) if verification.entities else []
    rows = [
        [
            entity.title,
            _format_verdict(entity.verdict),
            *(format_number(number) for number in (entity.odoo, entity.stored, entity.compared)),
            *(format_number(found.count) for found in entity.findings.by_name().values()),
        ]
        for entity in verification.entities
    ]
    repaired = [f"{result.action}: {result.outcome}, run {result.run_id}" for result in runs]
    return [
        _headline(verification),
        *repaired,
        *format_table(["entity", "verdict", "odoo", "stored", "compared", *findings], rows, text_columns=2),
        *(line for entity in verification.entities for line in _examples(entity)),
    ]


def _headline(verification: Verification) -> str:
    extent = "all rows" if verification.sample is None else f"{format_number(verification.sample)} rows of each"
    if verification.percent:
        extent = f"the next {verification.percent} % of the rows"
    verdict = _format_verdict(verification.verdict)
    return f"{verdict} in {format_duration(verification.duration_seconds)}, content of {extent} compared"


def _examples(entity: EntityVerification) -> list[str]:
    lines: list[str] = []
    for name, found in entity.findings.by_name().items():
        if found.examples:
            shown = [str(odoo_id) for odoo_id in found.examples[:_MAX_EXAMPLES]]
            more = f" and {format_number(found.count - len(shown))} more" if found.count > len(shown) else ""
            lines.append(f"{entity.title} {name}: {', '.join(shown)}{more}")
    return lines


def _format_verdict(verdict: Verdict) -> str:
    return str(verdict).replace("_", " ")
