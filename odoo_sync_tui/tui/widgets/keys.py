"""The keys at the bottom: what can be done now, and on a wide terminal more of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from odoo_sync_tui.tui.commands import COMMANDS, action_of

ONLY_IF_ROOMY = frozenset(action_of(command) for command in COMMANDS if command.if_roomy)


class Keys(Footer):
    """Textual's footer; the style sheets show keys of the class ``-roomy`` only where there is room."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        """Every key that can be used now."""
        for part in super().compose():
            if isinstance(part, FooterKey):
                part.set_class(part.action in ONLY_IF_ROOMY, "-roomy")
            yield part
