"""What Odoo has: models to search and open, their fields, and what is said when Odoo does not answer."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from odoo_sync_tui.core.errors import OdooAccessError, OdooTransientError, StoreUnavailable
from odoo_sync_tui.core.reports.discovery import PARTIAL_NOTE, ModelList, ModelReport
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.discovery import MODELS, ORDER_FIELDS, FakeDiscovery
from tests.support.fake_backend.options import Ui
from tests.support.hostile_text import HOSTILE_ON_FURTHER_SCREENS, MARKUP, harmless
from tests.support.slow import slow
from tests.tui.support.discovery_driver import behind, open_discovery, open_model
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import LARGE, SMALL, TINY, USUAL, name_of

AWAY = OdooTransientError("Odoo at https://odoo.acme.example does not answer.", "Look whether it runs.")


def line_of(screen: Screen, text: str) -> str:
    return next(line for line in screen.text.splitlines() if text in line)


class TestModels:
    async def test_each_stands_with_its_label_and_the_entities_that_read_it(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_discovery(screen)
            assert "Sales Order" in line_of(screen, "sale.order ")
            assert "[accounts] Contact" in line_of(screen, "res.partner")
            assert "Enter opens the fields of a model; o counts the rows of all." in screen.text

    async def test_a_search_narrows_them_with_each_letter_and_escape_ends_it(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_discovery(screen)
            await screen.press("slash", "o", "r", "d", "space", "L", "i", "n")
            await screen.shows("sale.order.line", "1 of 6")
            assert "res.partner" not in screen.text
            await screen.press("escape")
            await screen.shows("res.partner")
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is in front")

    async def test_their_rows_are_counted_on_request_and_empty_ones_come_last(self, run_app: RunApp) -> None:
        odoo = FakeDiscovery()
        async with run_app(behind(odoo)) as screen:
            await open_discovery(screen)
            odoo.goes_on.clear()
            await screen.press("o")
            await screen.shows("rows counted of 2 of 6 models; c cancels", "130 417")
            assert "62" not in line_of(screen, "res.partner")
            odoo.goes_on.set()
            await screen.until(lambda: "62" in line_of(screen, "res.partner"), "all are counted")
            places = [screen.text.index(model) for model in ("res.partner", "helpdesk.ticket", "mail.blacklist")]
            assert places == sorted(places)
            assert odoo.asked == ["models", "counts"]

    async def test_counting_stops_on_request_and_keeps_what_is_known(self, run_app: RunApp) -> None:
        odoo = FakeDiscovery()
        async with run_app(behind(odoo)) as screen:
            await open_discovery(screen)
            odoo.goes_on.clear()
            await screen.press("o")
            await screen.shows("1 204", "c cancels")
            await screen.press("c")
            await screen.until(lambda: odoo.stopped == ["counts"], "it was stopped")
            await screen.shows("1 204", "Enter opens the fields")
            await screen.press("c")
            await screen.shows("Nothing is being read.")

    async def test_where_odoo_lists_none_it_says_that_there_may_be_others(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDiscovery(replace(MODELS, is_partial=True))), size=SMALL) as screen:
            await open_discovery(screen)
            assert PARTIAL_NOTE in " ".join(screen.text.split())


class TestFields:
    async def test_each_says_what_is_known_of_it_and_which_of_them_are_custom(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_discovery(screen)
            await open_model(screen, "sale.order")
            assert "[x] amount_total" in line_of(screen, "amount_total")
            assert "selection  64/100 columns  [custom] Region" in line_of(screen, "x_region")
            assert "[ ] display_name" in screen.text
            assert "computed" in line_of(screen, "display_name")
            assert "refused" in line_of(screen, "team_secret")
            await screen.shows("8 of 13 ticked", "Sales Order, 1 204 rows, the newest change 3 h ago; no entity yet")

    async def test_a_search_is_for_fields_where_they_have_the_focus(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_discovery(screen)
            await open_model(screen, "sale.order")
            await screen.press("slash")
            await screen.type("[custom]")
            await screen.shows("2 found", "x_score", "2 of 6")
            assert "amount_total" not in screen.text
            await screen.press("enter", "escape")
            await screen.shows("amount_total", "2 of 6")

    async def test_escape_goes_from_them_to_the_models_and_then_back(self, run_app: RunApp) -> None:
        async with run_app(size=SMALL) as screen:
            await open_discovery(screen)
            await open_model(screen, "sale.order")
            assert "Models" not in screen.text
            await screen.press("escape")
            await screen.shows("Models", "sale.order")
            await screen.press("enter")
            await screen.shows("Fields of sale.order", "amount_total")
            assert screen.backend.discovery.asked.count("sale.order") == 1
            await screen.press("escape", "escape", "escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is in front")

    async def test_enter_shows_all_that_is_known_of_one(self, run_app: RunApp) -> None:
        async with run_app(size=SMALL) as screen:
            await open_discovery(screen)
            await open_model(screen, "sale.order")
            await screen.press("end", "up", "up", "enter")
            await screen.shows("team_secret", "The Odoo user may not read team_secret.", "Esc closes")

    async def test_the_model_asked_for_last_is_the_one_that_opens(self, run_app: RunApp) -> None:
        odoo = FakeDiscovery()
        async with run_app(behind(odoo)) as screen:
            await open_discovery(screen)
            odoo.goes_on.clear()
            await screen.press("enter")
            await screen.until(lambda: "sale.order" in odoo.asked, "the first is being read")
            await screen.shows("reading the fields")
            await screen.press("slash", *"contact", "enter", "enter")
            await screen.until(lambda: odoo.stopped == ["sale.order"], "nobody waits for it")
            odoo.goes_on.set()
            await screen.shows("Fields of res.partner", "barcode")


class TestTrouble:
    async def test_an_odoo_that_is_away_is_told_and_tried_again(self, run_app: RunApp) -> None:
        odoo = FakeDiscovery(refuses={"": AWAY})
        async with run_app(behind(odoo), size=SMALL) as screen:
            await screen.press("i")
            await screen.shows("does not answer. Look whether it runs.", "tries again")
            odoo.refuses.clear()
            await screen.press("r")
            await screen.shows("res.partner", "Enter opens")

    async def test_a_model_that_may_not_be_read_leaves_the_list_as_it_is(self, run_app: RunApp) -> None:
        error = OdooAccessError("The Odoo user may not read sale.order.", "Give it the right.")
        odoo = FakeDiscovery(refuses={"sale.order": error})
        async with run_app(behind(odoo)) as screen:
            await open_discovery(screen)
            await screen.press("enter")
            await screen.shows("The Odoo user may not read sale.order. Give it the right.", "res.partner")
            await screen.press("a")
            await screen.shows("No model is open; Enter opens the one under the cursor.")

    async def test_without_a_store_it_opens_all_the_same(self, run_app: RunApp) -> None:
        def fails() -> FakeBackend:
            raise StoreUnavailable("MongoDB does not answer.", "")

        async with run_app(ready=False, connect=fails) as screen:
            await screen.shows("MongoDB cannot be opened")
            await open_discovery(screen)
            await screen.shows("res.partner")

    @pytest.mark.parametrize("leave", ["escape", "q"])
    async def test_leaving_stops_what_is_read(self, leave: str, run_app: RunApp) -> None:
        odoo = FakeDiscovery(goes_on=threading.Event())
        async with run_app(behind(odoo)) as screen:
            await screen.press("i")
            await screen.until(lambda: odoo.asked, "the models are being read")
            await screen.press(leave)
            await screen.until(lambda: odoo.stopped == ["models"], "nobody waits for them")

    async def test_a_list_that_was_stopped_can_be_read_again(self, run_app: RunApp) -> None:
        odoo = FakeDiscovery(goes_on=threading.Event())
        async with run_app(behind(odoo)) as screen:
            await screen.press("i")
            await screen.until(lambda: odoo.asked, "the models are being read")
            await screen.press("c")
            await screen.shows("No model is known; r reads them.")
            odoo.goes_on.set()
            await screen.press("r")
            await screen.shows("res.partner")

    @pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS, ids=lambda text: ascii(text[:12]))
    async def test_text_from_odoo_does_nothing_to_the_screen(self, text: str, run_app: RunApp) -> None:
        model = ModelReport("x.hostile", text, (text,))
        fields = [replace(ORDER_FIELDS[5], name=name, label=text, type=text, relation=text) for name in (text, "name")]
        odoo = FakeDiscovery(ModelList((model, replace(model, model=text))), {"x.hostile": fields})
        async with run_app(behind(odoo)) as screen:
            await open_discovery(screen)
            assert harmless(await screen.settled())
            await screen.press("enter")
            await screen.shows("Fields of x.hostile")
            await screen.press("space", "enter")
            await screen.shows("Esc closes")
            assert harmless(await screen.settled())
            assert screen.app.is_running
            assert text != MARKUP or MARKUP in screen.text


@pytest.mark.parametrize("size", [SMALL, TINY, *slow([(USUAL,), (LARGE,)])], ids=name_of)
async def test_a_model_and_its_fields_look_as_stored(size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(ui=Ui(environment="PROD"), size=size) as screen:
        await open_discovery(screen)
        if size in {SMALL, TINY}:
            await screen.matches(f"discovery-{name_of(size)}")
        await screen.press("enter")
        await screen.shows("Fields of sale.order", "amount_total")
        await screen.press("end", "up", "space")
        await screen.matches(f"discovery_model-{name_of(size)}")
        assert all(len(line) <= size[0] for line in screen.text.splitlines())


async def test_in_ascii_it_looks_as_stored(run_app: RunApp) -> None:
    async with run_app(ui=Ui(ascii=True), size=USUAL) as screen:
        await open_discovery(screen)
        await screen.press("enter")
        await screen.shows("amount_total")
        await screen.matches(f"discovery_model_ascii-{name_of(USUAL)}")
        assert (await screen.settled()).isascii()
