"""The declaration of an entity: fields are ticked, the table is shown, copied, and saved to a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.widgets import Input

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration
from odoo_sync_tui.entities.declared import build_declared_entity
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.backend import Setup
from odoo_sync_tui.tui.commands.registry import COMMANDS
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.own_settings import FakeOwnSettings
from tests.support.fake_backend.values import ANNA
from tests.support.slow import slow
from tests.tui.support.discovery_driver import open_discovery, open_model
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import SMALL, USUAL, name_of

ORDERS = EntityDeclaration("order", "sale.order")


@pytest.fixture(autouse=True)
def terminal_with_a_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def declaration(screen: Screen) -> str:
    """The fields of the declaration on the screen, as its line says."""
    return next(line for line in screen.text.splitlines() if "fields = " in line).split("fields = ")[1].strip("│ ")


async def opened(screen: Screen, model: str) -> None:
    await open_discovery(screen)
    await open_model(screen, model)


class TestTicks:
    async def test_space_takes_a_field_away_and_adds_one(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.shows('fields = ["*"]')
            await screen.press("space")
            await screen.shows("[ ] access_token", 'fields = ["*", "-access_token"]')
            await screen.press("down", "space")
            await screen.shows("[x] display_name", '"-access_token", "display_name"]', "8 of 13 ticked")
            await screen.press("home", "space")
            await screen.shows('fields = ["*", "display_name"]')

    async def test_all_none_and_custom_ones_are_a_key_each(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.press("n")
            await screen.shows("0 of 13 ticked", "# No field is ticked: an entity has at least one.")
            await screen.press("space")
            await screen.shows('fields = ["access_token"]', "1 of 13 ticked")
            await screen.press("x")
            await screen.shows('fields = ["x_*"]', "[x] x_region", "[x] x_score", "2 of 13 ticked")
            await screen.press("a")
            await screen.shows('fields = ["*"]', "8 of 13 ticked")

    async def test_while_a_search_is_open_they_mean_the_fields_that_it_finds(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.press("slash", *"monetary", "enter", "n")
            await screen.shows("2 found", 'fields = ["*", "-amount_total", "-margin"]')
            await screen.press("a")
            await screen.shows('fields = ["*"]')

    @pytest.mark.parametrize(
        ("search", "sentence"),
        [("binary", "image is binary, which is not copied."), ("secret", "The Odoo user may not read team_secret.")],
    )
    async def test_a_field_that_cannot_be_read_says_why_it_is_not_ticked(
        self, search: str, sentence: str, run_app: RunApp
    ) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.press("slash", *search, "enter", "space")
            await screen.shows(sentence, 'fields = ["*"]')

    async def test_ticks_stay_while_another_model_is_looked_at(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.press("space", "escape")
            await screen.press("escape")
            await open_model(screen, "res.partner")
            await screen.press("escape", "escape")
            await open_model(screen, "sale.order")
            await screen.shows('fields = ["*", "-access_token"]')


class TestKnownEntities:
    async def test_the_fields_of_a_declared_one_are_ticked_and_t_shows_a_new_table(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "helpdesk.ticket")
            await screen.shows("[x] name", "[x] x_region", "[ ] x_score", "2 of 13 ticked", "tickets, 1 of 2")
            await screen.shows('domain = [["active", "=", true]]', 'fields = ["name", "x_*", "-x_score"]')
            await screen.press("t")
            await screen.shows("[entities.ticket]", 'fields = ["*"]', "new, 2 of 2")

    async def test_a_built_in_one_takes_further_fields(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "res.partner")
            await screen.shows("[entities.accounts]", "extra_fields = []", " x  name", "[ ] barcode")
            await screen.press("down", "space")
            await screen.shows("email is read by accounts in any case.")
            await screen.press("x")
            await screen.shows('extra_fields = ["x_segment"]')
            await screen.press("a")
            await screen.until(lambda: '"barcode", "x_segment"]' in declaration(screen), "all that it does not read")
            assert '"name"' not in declaration(screen)


class TestCopying:
    async def test_the_declaration_is_sent_to_the_clipboard(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.press("space", "y")
            await screen.until(lambda: screen.app.clipboard, "it is sent")
            assert screen.app.clipboard.splitlines()[:4] == [
                "[entities.order]",
                'model = "sale.order"',
                "domain = []",
                'fields = ["*", "-access_token"]',
            ]


class TestSaving:
    @pytest.fixture
    def backend(self) -> FakeBackend:
        return FakeBackend()

    @pytest.fixture
    def own(self, backend: FakeBackend) -> FakeOwnSettings:
        return FakeOwnSettings(backend)

    @pytest.fixture
    def loaded(self, backend: FakeBackend, own: FakeOwnSettings) -> Iterator[object]:
        """Settings that hold what was saved."""

        def load() -> Setup:
            entities = EntityCatalog.of([*BUILT_IN, *map(build_declared_entity, own.tables)])
            checks, discover = backend.checks, backend.discovery
            return Setup(
                lambda: backend, Ui(), ANNA, entities, COMMANDS, lambda: iter(checks), discover, own_settings=own
            )

        return load

    async def test_it_is_written_under_the_name_that_is_given_and_the_dashboard_knows_it(
        self, run_app: RunApp, backend: FakeBackend, own: FakeOwnSettings, loaded: object
    ) -> None:
        async with run_app(backend, load_setup=loaded) as screen:
            await opened(screen, "sale.order")
            await screen.press("s")
            await screen.shows("Save the declaration", "entities.d/NAME.toml")
            assert screen.app.screen.query_one(Input).value == "order"
            await screen.press(*"orders", "enter")
            await screen.until(lambda: own.tables, "it is written")
            assert own.tables == [replace(ORDERS, name="orders")]
            await screen.shows("entities.d/orders.toml is written. This dashboard knows orders now: sync it.")
            await screen.shows("[orders] Sales Or", "[entities.orders]", "orders, 1 of 2")
            assert screen.app.store.state.catalog.find("data_lake:orders") is not None

    async def test_a_refusal_is_a_sentence_and_the_name_can_be_changed(
        self, run_app: RunApp, backend: FakeBackend, own: FakeOwnSettings, loaded: object
    ) -> None:
        own.refuses = ConfigurationError("There is an entity order already (file x.toml).", "Choose another name.")
        async with run_app(backend, load_setup=loaded) as screen:
            await opened(screen, "sale.order")
            await screen.press("s", "enter")
            await screen.shows("There is an entity order already (file x.toml). Choose another")
            assert screen.app.focused is screen.app.screen.query_one(Input)
            await screen.press("escape")
            await screen.until(lambda: "Save the declaration" not in screen.text, "the dialog is closed")
            assert own.tables == []

    async def test_further_fields_of_a_built_in_entity_have_its_name(
        self, run_app: RunApp, backend: FakeBackend, own: FakeOwnSettings
    ) -> None:
        async with run_app(backend, own_settings=own) as screen:
            await opened(screen, "res.partner")
            await screen.press("x", "s")
            await screen.shows("accounts, which is built in")
            await screen.press("enter")
            await screen.until(lambda: own.tables, "it is written")
            assert own.tables == [EntityChanges("data_lake:accounts", ("x_segment",))]
            await screen.shows("accounts.toml is written. The next start of the program reads it.")

    async def test_what_has_no_field_is_not_saved(self, run_app: RunApp, own: FakeOwnSettings) -> None:
        async with run_app(own_settings=own) as screen:
            await opened(screen, "sale.order")
            await screen.press("n", "s")
            await screen.shows("No field is ticked: there is nothing to save.")
            assert len(screen.app.screen_stack) == 2

    async def test_a_read_only_dashboard_saves_nothing(self, run_app: RunApp, own: FakeOwnSettings) -> None:
        async with run_app(ui=Ui(read_only=True), own_settings=own) as screen:
            await opened(screen, "sale.order")
            assert "s Save" not in await screen.footer()
            await screen.press("s")
            await screen.shows("This dashboard is read-only")

    async def test_where_no_settings_file_is_read_it_can_be_copied_alone(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await opened(screen, "sale.order")
            await screen.press("s")
            await screen.shows("No settings file is read here: copy the declaration to one.")

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_the_question_looks_as_stored(
        self, size: tuple[int, int], run_app: RunApp, own: FakeOwnSettings
    ) -> None:
        own.refuses = ConfigurationError("There is an entity order already (file x.toml).", "Choose another name.")
        async with run_app(ui=Ui(environment="PROD"), size=size, own_settings=own) as screen:
            await opened(screen, "sale.order")
            await screen.press("s", "enter")
            await screen.shows("Choose another")
            await screen.matches(f"discovery_save-{name_of(size)}")
