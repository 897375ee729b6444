"""A minimal Textual app with the widgets of the dashboard, and nothing behind them: what Textual itself costs."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Footer, Static


class Panel(Vertical):
    """A box with a title and some text in it."""

    DEFAULT_CSS = "Panel { border: round $primary; height: 1fr; }"

    def __init__(self, title: str) -> None:
        super().__init__(Static("starting", markup=False))
        self.border_title = title


class MinimalApp(App[None]):
    """Laid out as the dashboard is."""

    CSS = "#top, #actions { height: 1; } #glance { height: 9; } Button { width: 14; }"
    BINDINGS = [("d", "nothing", "Departments"), ("u", "nothing", "Users"), ("q", "quit", "Quit")]  # noqa: RUF012 -- as Textual declares it

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Static(" DEMO ", markup=False)
            yield Static("Odoo Sync", markup=False)
        with Horizontal(id="glance"):
            yield Panel("Health")
            yield Panel("Entities")
        with Horizontal(id="actions"):
            for label in ("Departments", "Users", "Data lake"):
                yield Button(label, compact=True)
            yield Static("incremental", markup=False)
            yield Button("Cancel", compact=True, disabled=True)
        yield Panel("Run")
        yield Panel("Events")
        yield Footer(show_command_palette=False, compact=True)


if __name__ == "__main__":
    MinimalApp().run()
