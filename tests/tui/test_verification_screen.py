"""Comparing the store with Odoo from the dashboard: live, stopped, found out of step, and mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.widgets import Input

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import OdooTransientError
from odoo_sync_tui.core.reports.verification import Findings, IdSample, Verification
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.format.verification import FINDING_SENTENCES, HARMLESS_FINDINGS, format_verification
from odoo_sync_tui.tui.model.glyphs import ASCII, UNICODE
from odoo_sync_tui.tui.model.state import DashboardState
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, NOW, overview, result
from tests.support.fake_backend.verifier import AGREES, OUT_OF_STEP, FakeVerifierFactory, comparing, verification
from tests.support.hostile_text import HOSTILE, HOSTILE_ON_FURTHER_SCREENS, harmless
from tests.support.slow import slow
from tests.support.world import wait_until
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, USUAL, name_of

EVERY = tuple(entity.id for entity in BUILT_IN)
MEND_LAKE = Scope(("opportunities", "users"), Mode.FULL, restart=True, reread=True)


def behind(verifications: FakeVerifierFactory, **more: object) -> FakeBackend:
    return FakeBackend(FakeOverviewQueries(), verifier=verifications, **more)


def found(verified: Verification | None = None) -> FakeBackend:
    """A backend that answers at once."""
    verifications = FakeVerifierFactory(verified or verification())
    verifications.let_go.set()
    return behind(verifications)


def test_every_finding_is_told_and_what_is_no_fault_is_no_warning() -> None:
    assert FINDING_SENTENCES.keys() == Findings().by_name().keys()
    harmless_findings = Findings(**dict.fromkeys(HARMLESS_FINDINGS, IdSample(1, (7,))))
    assert harmless_findings.is_in_step


class TestComparing:
    async def test_all_entities_are_compared_and_it_is_shown_live(self, run_app: RunApp) -> None:
        backend = behind(FakeVerifierFactory())
        async with run_app(backend) as screen:
            await screen.press("V")
            await screen.shows("Verification", "120 / 186", "waiting", "all ids, 200 rows of each in full")
            assert backend.verifier.asked == [(EVERY, 200)]
            backend.verifier.let_go.set()
            await screen.shows(
                "out of step", "3 rows have no document: 17, 4711, 4712", "7 rows are in quarantine: 4711 and 6 more"
            )

    async def test_y_copies_the_addresses_of_what_is_out_of_step(self, run_app: RunApp) -> None:
        async with run_app(found()) as screen:
            await screen.press("V")
            await screen.shows("3 rows have no document: 17, 4711, 4712")
            await screen.press("y")
            await screen.shows("addresses in Odoo")
            base = "https://odoo.acme.example/odoo/crm.lead"
            addresses = screen.app.clipboard.splitlines()
            assert {f"{base}/{odoo_id}?db=acme" for odoo_id in (17, 4711, 4712)} <= set(addresses)
            lines = [each.content for each in screen.app.screen.query_one("#verification").lines]
            line = next(each for each in lines if "17, 4711" in each.plain)
            assert any(span.style.link == addresses[0] for span in line.spans if not isinstance(span.style, str))

    async def test_the_entity_that_is_open_is_compared_alone(self, run_app: RunApp) -> None:
        async with run_app(found()) as screen:
            await screen.press("E")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the entity is open")
            await screen.press("V")
            await screen.until(lambda: screen.backend.verifier.asked == [(("departments",), 200)], "it is compared")

    async def test_what_agrees_is_said_to(self, run_app: RunApp) -> None:
        async with run_app(found(verification(AGREES))) as screen:
            await screen.press("V")
            await screen.shows("✓ in step", "The store is in step with Odoo.")
            assert "m Repair" not in await screen.footer()
            await screen.press("m")
            assert screen.backend.synced == []

    async def test_the_content_of_every_row_is_compared_when_asked_for(self, run_app: RunApp) -> None:
        async with run_app(found()) as screen:
            await screen.press("V")
            await screen.shows("out of step")
            await screen.press("f")
            await screen.until(lambda: len(screen.backend.verifier.asked) == 2, "it is compared again")
            await screen.shows("out of step")
            await screen.press("r")
            await screen.until(lambda: len(screen.backend.verifier.asked) == 3, "and again, as much as before")
            assert [sample for _, sample in screen.backend.verifier.asked] == [200, None, None]

    async def test_a_verification_is_stopped_and_begun_again(self, run_app: RunApp) -> None:
        backend = behind(FakeVerifierFactory())
        async with run_app(backend) as screen:
            await screen.press("V")
            await screen.shows("120 / 186")
            await screen.press("r", "f", "c")
            await screen.shows("It was stopped; r verifies again.")
            assert len(backend.verifier.cancelled) == len(backend.verifier.asked) == 1
            await screen.press("r")
            await screen.until(lambda: len(backend.verifier.asked) == 2, "it is at work again")

    async def test_who_goes_back_stops_it(self, run_app: RunApp) -> None:
        backend = behind(FakeVerifierFactory())
        async with run_app(backend) as screen:
            await screen.press("V")
            await screen.shows("120 / 186")
            await screen.press("escape")
            await screen.until(lambda: backend.verifier.cancelled, "it was stopped")

    async def test_who_leaves_the_dashboard_does_not_wait_for_it(self, run_app: RunApp) -> None:
        backend = behind(FakeVerifierFactory())
        async with run_app(backend) as screen:
            await screen.press("V")
            await screen.shows("120 / 186")
            await screen.press("q")
        wait_until(lambda: backend.verifier.cancelled == ["the verification was left"])

    async def test_why_it_could_not_be_compared_is_told(self, run_app: RunApp) -> None:
        trouble = OdooTransientError("Odoo at odoo.acme.example does not answer.", "Look whether it runs.")
        verifications = FakeVerifierFactory(raises=trouble)
        verifications.let_go.set()
        async with run_app(behind(verifications)) as screen:
            await screen.press("V")
            await screen.shows("Odoo at odoo.acme.example does not answer.", "Look whether it runs.")
            verifications.raises = None
            await screen.press("r")
            await screen.shows("out of step")
            assert "does not answer" not in screen.text


class TestRepairing:
    async def test_what_is_out_of_step_is_mended_by_a_full_sync_of_it(self, run_app: RunApp) -> None:
        async with run_app(found()) as screen:
            await screen.press("V")
            await screen.shows("m repairs what is out of step")
            await screen.press("m")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.DATA_LAKE, "anna", MEND_LAKE)]
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard shows the run")
            await screen.shows("running")

    @pytest.mark.parametrize(("outcome", "goes_on"), [(Outcome.PARTIAL, True), (Outcome.FAILED, False)])
    async def test_a_repair_makes_one_run_after_the_other_unless_one_fails(
        self, outcome: Outcome, goes_on: bool, run_app: RunApp
    ) -> None:
        wrong = tuple(replace(each, verdict=OUT_OF_STEP[3].verdict) for each in AGREES[:2])
        backend = found(verification(wrong))
        backend.ends = result(outcome)
        backend.let_go.set()
        async with run_app(backend) as screen:
            await screen.press("V")
            await screen.shows("m repairs what is out of step")
            await screen.press("m")
            if goes_on:
                await screen.until(lambda: len(backend.synced) == 2, "the second run has begun")
            await screen.until(lambda: screen.app.runs.job is None, "nothing runs any more")
            await screen.settled()
            expected = [Action.DEPARTMENTS, Action.USERS] if goes_on else [Action.DEPARTMENTS]
            assert [action for action, _, _ in backend.synced] == expected

    async def test_a_repair_in_production_has_the_environment_typed_first(self, run_app: RunApp) -> None:
        async with run_app(found(), Ui(environment="PROD")) as screen:
            await screen.press("V")
            await screen.shows("m repairs what is out of step")
            await screen.press("m")
            await screen.shows("Repair opportunities, users", "Type PROD to confirm")
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the question is gone")
            assert screen.backend.synced == []
            await screen.press("m")
            await screen.shows("Type PROD to confirm")
            screen.app.screen.query_one(Input).focus()
            await screen.type("PROD")
            await screen.press("enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")

    async def test_who_may_not_write_may_compare_but_not_mend(self, run_app: RunApp) -> None:
        async with run_app(found(), Ui(read_only=True)) as screen:
            await screen.press("V")
            await screen.shows("out of step")
            assert "m Repair" not in await screen.footer()
            await screen.press("m")
            await screen.settled()
            assert screen.backend.synced == []

    async def test_not_while_a_run_is_at_work(self, run_app: RunApp) -> None:
        async with run_app(found()) as screen:
            await screen.press("l")
            await screen.until(screen.backend.begun.is_set, "a run is at work")
            await screen.press("V")
            await screen.shows("out of step")
            await screen.press("m")
            await screen.settled()
            assert len(screen.backend.synced) == 1


SCENES: dict[str, tuple[Callable[[], FakeBackend], Ui, str]] = {
    "verification": (found, Ui(environment="PROD"), "m repairs what"),
    "verification_in_step": (lambda: found(verification(AGREES)), Ui(), "The store is in step with Odoo."),
    "verification_live": (lambda: behind(FakeVerifierFactory()), Ui(), "120 / 186"),
    "verification_ascii": (found, Ui(ascii=True), "m repairs what"),
}


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
@pytest.mark.parametrize("scene", SCENES)
async def test_scene(scene: str, size: tuple[int, int], run_app: RunApp) -> None:
    backend, ui, waits_for = SCENES[scene]
    async with run_app(backend(), ui, size=size) as screen:
        await screen.press("V")
        await screen.shows(waits_for)
        await screen.matches(f"{scene}-{name_of(size)}")
        assert all(len(line) <= size[0] for line in screen.text.splitlines())


async def test_scene_on_a_very_small_terminal(run_app: RunApp) -> None:
    async with run_app(found(), Ui(environment="PROD"), size=TINY) as screen:
        await screen.press("V")
        await screen.until(lambda: len(screen.app.screen_stack) == 2, "the verification is open")
        await screen.matches("verification-60x15")


async def test_without_colour_a_verification_says_the_same(monkeypatch: pytest.MonkeyPatch, run_app: RunApp) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with run_app(found(), Ui(environment="PROD"), size=SMALL) as screen:
        await screen.press("V")
        await screen.shows("m repairs what")
        await screen.matches("verification-80x24")


def hostile(text: str) -> Verification:
    notice = Notice(text, text, text, text)
    entities = tuple(replace(each, title=text, name=text) for each in OUT_OF_STEP)
    return replace(verification(), entities=entities, errors=(notice,), warnings=(notice,))


@pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS, ids=lambda text: ascii(text[:12]))
async def test_text_from_outside_is_shown_not_obeyed(text: str, run_app: RunApp) -> None:
    verifications = FakeVerifierFactory(hostile(text), reports=(comparing(text, 1, 2),))
    async with run_app(behind(verifications), Ui(environment="[/x]"), size=SMALL) as screen:
        await screen.press("V")
        await screen.shows("comparing")
        assert harmless(await screen.settled())
        verifications.let_go.set()
        await screen.shows("m repairs what")
        for key in ("pagedown", "end"):
            assert harmless(screen.text)
            await screen.press(key)
        assert harmless(await screen.settled())


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_no_line_is_wider_than_its_room(text: str, glyphs) -> None:
    for width in (60, 76, 118):
        lines = format_verification(
            hostile(text), DashboardState(NOW, ANNA, glyphs, BUILT_IN, overview=overview()), width
        )
        assert all(line.cell_length <= width and harmless(line.plain) for line in lines)
        assert glyphs.is_unicode or all(line.plain.isascii() for line in lines)
