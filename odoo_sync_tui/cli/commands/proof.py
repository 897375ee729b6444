"""``proof``: a page about what verifications have proved, for an auditor."""

from __future__ import annotations

from datetime import datetime

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands.audit import format_report
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.reports.overview import ProofPage
from odoo_sync_tui.core.reports.verification import Proof, find_midnight
from odoo_sync_tui.core.text.format import format_number


def run(session: Session) -> int:
    """Print the page; return 0 where all is proved, 1 where it is not, 3 where nothing was verified yet.

    Raises:
        SyncError: the store cannot be read.
    """
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        page = backend.overview_queries.read_proof()
    if session.options.json:
        emit_json(_as_dict(page))
    else:
        emit(*_report(page))
    if not any(page.entities.values()):
        return exit_codes.TRY_AGAIN
    return exit_codes.SUCCESS if page.is_proved else exit_codes.FAILED


def _as_dict(page: ProofPage) -> dict[str, object]:
    midnight = find_midnight(page.at)
    return {
        "at": page.at,
        "source": page.source,
        "store": page.store,
        "proved": page.is_proved and bool(page.entities),
        "entities": {name: proof and _proof_as_dict(proof, midnight) for name, proof in page.entities.items()},
        "audit": page.audit.as_dict(),
    }


def _proof_as_dict(proof: Proof, midnight: datetime) -> dict[str, object]:
    return {
        "verified_at": proof.at,
        "odoo": {"count": proof.ids.odoo, "ids_sha256": proof.ids.odoo_sha256},
        "store": {"count": proof.ids.store, "ids_sha256": proof.ids.store_sha256},
        "findings": proof.findings,
        "contents": {"proved_since": proof.proved_since, "today": round(proof.share_since(midnight), 3)},
    }


def _report(page: ProofPage) -> list[str]:
    source = f"{page.source}{f', uuid {page.source.uuid}' if page.source.uuid else ''}" if page.source else "unknown"
    store = f"{page.store.database} on MongoDB {page.store.version}"
    facts = [("at", format_time(page.at)), ("Odoo", source), ("store", store)]
    facts += [("audit", line) for line in format_report(page.audit)]
    rows = [_row(name, proof) for name, proof in page.entities.items()]
    header = ["entity", "verdict", "verified at", "contents proved since", "Odoo", "store"]
    table = format_table(header, rows, text_columns=4)
    return [*(f"{name:<14}{text}" for name, text in facts), "", *table, *_list_hashes(page)]


def _row(name: str, proof: Proof | None) -> list[str]:
    if proof is None:
        return [name, "never verified", "", "", "", ""]
    found = ", ".join(f"{format_number(count)} {kind}" for kind, count in proof.findings.items())
    since = format_time(proof.proved_since) if proof.proved_since else "not all yet"
    numbers = format_number(proof.ids.odoo), format_number(proof.ids.store)
    return [name, found or "in step", format_time(proof.at), since, *numbers]


def _list_hashes(page: ProofPage) -> list[str]:
    """List the hash of the ids of each entity, or both where they differ."""
    lines: list[str] = []
    for name, proof in page.entities.items():
        if proof:
            ids = proof.ids
            both = f"{ids.odoo_sha256} Odoo, {ids.store_sha256} store"
            lines.append(f"{name} ids, SHA-256: {ids.odoo_sha256 if ids.odoo_sha256 == ids.store_sha256 else both}")
    return ["", *lines] if lines else []
