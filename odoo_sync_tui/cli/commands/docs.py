"""``docs``: the manual, for operators who have a terminal and no browser."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.runtime.paths import doc_pages


def run(session: Session) -> int:
    """Print one page of the manual in Markdown, without the marks around what is generated."""
    text = doc_pages()[session.options.page].read_text(encoding="utf-8")
    emit(*(line for line in text.splitlines() if not line.startswith("<!--")))
    return exit_codes.SUCCESS
