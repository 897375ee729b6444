"""A dashboard on a fake backend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from weakref import WeakKeyDictionary

import pytest
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.app.application import OdooSyncApp
from odoo_sync_tui.tui.backend import Setup
from odoo_sync_tui.tui.commands.keymap import apply_keymap
from odoo_sync_tui.tui.commands.registry import COMMANDS
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import ANNA, NOW
from tests.tui.support.screen import RunApp, Screen

PLAIN = Ui()


@pytest.fixture(scope="session", autouse=True)
def styles_parsed_once() -> Iterator[None]:
    """Let all dashboards of this process share what was read from the same style sheets and colours.

    A program starts one dashboard, tests start hundreds; each would spend a tenth of its time on that.
    """
    parse, parsed = Stylesheet._parse_rules, dict[object, list[RuleSet]]()
    colours = WeakKeyDictionary[Stylesheet, tuple[dict[str, str], frozenset[tuple[str, str]]]]()

    def colours_of(sheet: Stylesheet) -> frozenset[tuple[str, str]]:
        known = colours.get(sheet)
        if known is None or known[0] is not sheet._variables:
            known = colours[sheet] = (sheet._variables, frozenset(sheet._variables.items()))
        return known[1]

    def parse_once(sheet: Stylesheet, *arguments: object, **more: object) -> list[RuleSet]:
        key = (arguments, *sorted(more.items()), colours_of(sheet))
        if key not in parsed:
            parsed[key] = parse(sheet, *arguments, **more)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@contextmanager
def undrawn() -> Iterator[None]:
    """Let nothing be drawn meanwhile, as if the terminal took nothing.

    Until its store is read a dashboard draws itself nine times over, a fifth of the time of most tests; what these
    pictures show is seen by the tests that wait for nothing (``ready=False``) and by those of a real terminal.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", lambda *_, **__: None)
        yield


@pytest.fixture
def run_app() -> RunApp:
    """``async with run_app(backend, ...) as screen``: toasts and tooltips on, so that what breaks them is seen."""

    @asynccontextmanager
    async def run(
        backend: FakeBackend | None = None,
        ui: Ui = PLAIN,
        *,
        size: tuple[int, int] = (120, 40),
        ready: bool = True,
        catalog: EntityCatalog = BUILT_IN,
        **arguments: object,
    ) -> AsyncIterator[Screen]:
        backend = backend or FakeBackend()
        arguments.setdefault("clock", lambda: NOW)
        connect = arguments.pop("connect", lambda: backend)
        commands = apply_keymap(ui.keymap) if ui.keymap else COMMANDS  # their own keys are checked by test_keymap
        every = arguments.pop("odoo_counts_seconds", 0.0)
        further = ("exposure", "notices", "own_settings", "program", "source", "can_go_back")
        known = {name: arguments.pop(name) for name in further if name in arguments}
        discover = backend.discovery
        setup = Setup(connect, ui, ANNA, catalog, commands, lambda: iter(backend.checks), discover, every, **known)
        app = OdooSyncApp(arguments.pop("load_setup", lambda: setup), ui, **arguments)
        with ExitStack() as start:
            if ready:
                start.enter_context(undrawn())
            async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
                screen = Screen(app, pilot, backend)
                try:
                    await screen.until(lambda: app.store.state.operator is ANNA, "the settings are checked")
                    if ready:
                        await screen.until(lambda: app.store.state.overview is not None, "the store is read")
                        start.close()
                        app.screen.refresh()
                        await pilot.pause()
                    yield screen
                finally:
                    backend.let_go.set()
                    backend.discovery.goes_on.set()
                    if app.runs.job:
                        app.runs.job.cancel.request("the test is over")

    return run
