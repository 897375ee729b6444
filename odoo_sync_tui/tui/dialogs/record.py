"""Dialog of one record: a stored document or a row in quarantine, with its address in Odoo."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.dialogs.base import DetailDialog, DialogKey
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import LABEL_WIDTH
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.messages import CopyAddresses


class RecordDialog(DetailDialog):
    """A record in full; its address in Odoo is a link, and can be copied.

    Args:
        title: the title.
        entries: the fields of the record.
        address: its address in Odoo's web client; ``None`` while that is unknown.
        copy: the command whose key copies the address.
    """

    def __init__(self, title: Content, entries: Sequence[Entry], address: str | None, copy: Command) -> None:
        link = [Entry(render.link(address, address), render.assemble(("in Odoo ", render.MUTED)))] if address else []
        keys = [DialogKey(copy, "copy_address", "copies the address in Odoo")] if address else []
        super().__init__(title, [*link, *entries], LABEL_WIDTH, keys)
        self._address = address

    def action_copy_address(self) -> None:
        """Copy the address."""
        if self._address is not None:
            self.post_message(CopyAddresses([self._address]))
