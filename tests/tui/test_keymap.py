"""The operator's own keys: everything that names a key follows, and what cannot work is refused before it starts."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest

from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.tui.commands.keymap import RESERVED_KEYS, apply_keymap, build_bindings
from odoo_sync_tui.tui.commands.registry import COMMANDS, COMMANDS_BY_ID
from odoo_sync_tui.tui.startup import build_setup
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import empty_overview
from tests.tui.support.screen import RunApp


def by_id(keymap: dict[str, str]):
    return {command.id: command for command in apply_keymap(keymap)}


class TestWhatIsAccepted:
    def test_signs_names_and_several_keys(self) -> None:
        mapped = by_id({"sync.users": "U", "run.cancel": "x,delete", "app.help": "f1", "view.runs": "ctrl+r"})
        assert mapped["run.cancel"].key_display == "x del"
        assert mapped["view.runs"].key_display == "^r"
        assert mapped["app.help"].key_display == "f1"
        assert mapped["sync.departments"] == COMMANDS_BY_ID["sync.departments"]
        assert by_id({"entity.search": "?", "app.help": "H"})["entity.search"].key == "question_mark"

    def test_two_commands_may_swap_their_keys(self) -> None:
        mapped = by_id({"sync.users": "l", "sync.data_lake": "u"})
        assert (mapped["sync.users"].key, mapped["sync.data_lake"].key) == ("l", "u")

    def test_one_key_may_mean_two_things_on_two_screens(self) -> None:
        assert by_id({"entity.next": "d"})["entity.next"].key == "d"

    def test_the_commands_own_keys_stand_every_check(self) -> None:
        for command in COMMANDS:
            assert apply_keymap({command.id: command.key})


class TestWhatIsRefused:
    def refusal(self, keymap: dict[str, str]) -> str:
        with pytest.raises(ConfigurationError) as refused:
            apply_keymap(keymap)
        told = str(refused.value)
        assert "ui.keymap" in told
        assert sanitize(told, 10_000) == told
        return told

    def test_a_command_that_does_not_exist_with_those_that_do(self) -> None:
        told = self.refusal({"sync.user\x1b[2J": "x"})
        assert "no such command" in told
        assert "sync.users" in told

    @pytest.mark.parametrize("key", ["nothing", "ctrl+", "hyper-x", "F1", "", "x,", "ctrl+shift", "\x1b", "f99", "+x"])
    def test_a_key_that_does_not_exist(self, key: str) -> None:
        assert "which does not exist" in self.refusal({"sync.users": key})

    @pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
    def test_a_key_that_means_something_everywhere(self, key: str) -> None:
        assert RESERVED_KEYS[key] in self.refusal({"sync.users": key})

    @pytest.mark.parametrize(
        ("keymap", "both"),
        [
            ({"sync.users": "d"}, ("sync.departments", "sync.users")),
            ({"sync.users": "x,q"}, ("sync.users", "app.quit")),
            ({"sync.users": "z", "sync.data_lake": "z"}, ("sync.users", "sync.data_lake")),
            ({"app.help": "/"}, ("entity.search", "app.help")),
            ({"app.theme": "n"}, ("entity.next", "app.theme")),
        ],
    )
    def test_a_key_that_would_do_two_things_on_one_screen(self, keymap: dict[str, str], both: tuple[str, str]) -> None:
        told = self.refusal(keymap)
        assert all(name in told for name in both)

    def test_the_dashboard_is_not_set_up(self) -> None:
        settings = build_settings_from_overrides({"ui.keymap": {"sync.users": "d"}})
        with pytest.raises(ConfigurationError, match=r"sync\.departments and sync\.users"):
            build_setup(settings, lambda: iter(()), ExitStack())


class TestOnTheScreen:
    async def test_the_new_key_works_and_the_old_one_is_free(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(keymap={"sync.users": "U,f5", "app.palette": "f2"})) as screen:
            await screen.press("u", "ctrl+p")
            await screen.settled()
            assert screen.backend.synced == []
            assert len(screen.app.screen_stack) == 1
            await screen.press("f2")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the palette is open")
            await screen.press("escape", "f5")
            await screen.until(screen.backend.begun.is_set, "the run has begun")

    async def test_footer_help_and_sentences_follow(self, run_app: RunApp) -> None:
        ui = Ui(keymap={"sync.users": "U", "app.help": "H", "sync.data_lake": "f5"})
        async with run_app(FakeBackend(FakeOverviewQueries(empty_overview())), ui, size=(120, 100)) as screen:
            footer = await screen.footer()
            assert "d  U  f5 Sync" in footer
            assert "H Help" in footer
            assert "press d, U or f5 to start" in screen.text
            await screen.press("H")
            await screen.shows("Esc closes")
            assert re.search(r"U +Bring users", screen.text)
            assert re.search(r"f5 +Bring all entities", screen.text)

    async def test_the_sentence_after_a_failed_start_follows(self, run_app: RunApp) -> None:
        def fails() -> FakeBackend:
            raise StoreUnavailable("MongoDB does not answer.", "Look whether it runs.")

        async with run_app(ui=Ui(keymap={"view.refresh": "f5"}), ready=False, connect=fails) as screen:
            await screen.shows("f5 tries again")

    async def test_the_usual_ways_out_stay(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(keymap={"app.quit": "X"})) as screen:
            await screen.press("q")
            await screen.settled()
            assert screen.app.is_running
            await screen.press("ctrl+q")
            await screen.until(lambda: not screen.app.is_running, "it has left")


def test_every_command_has_a_binding_of_its_own() -> None:
    assert [binding.id for binding in build_bindings(COMMANDS)] == [command.id for command in COMMANDS]
