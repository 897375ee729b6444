"""What ``verify`` asks for, prints and returns; the verification itself is a fake."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import LeaseHeld, OdooSetupError, OdooTransientError
from odoo_sync_tui.core.reports.verification import EntityVerification, Findings, IdSample, Verdict, Verification
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.settings.identity import get_login_name
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import HOSTILE, RESULT

FINE = EntityVerification(
    "data_lake:accounts", "accounts", "accounts", Action.DATA_LAKE, Verdict.IN_STEP, 55_007, 55_191, 200
)
BROKEN = replace(
    FINE,
    verdict=Verdict.OUT_OF_STEP,
    findings=Findings(missing=IdSample(1203, tuple(range(1, 21))), pending=IdSample(2, (7, 9))),
)


def verification(*entities: EntityVerification, **changes: object) -> Verification:
    return Verification(entities, 200, duration_seconds=3.2, **changes)


Verifying = Callable[..., FakeBackend]


@pytest.fixture
def verifying(backend: FakeBackend) -> Verifying:
    """Sets what the verifications find, one after the other, or what they raise."""

    def verifying(first: Verification | Exception, *later: Verification) -> FakeBackend:
        if isinstance(first, Exception):
            backend.verifier.raises = first
        else:
            backend.verifier.finds = first
        backend.verifier.later = list(later)
        return backend

    return verifying


class TestWhatIsCompared:
    @pytest.mark.parametrize(
        ("line", "entities", "sample"),
        [
            ("departments", ["departments"], 200),
            ("users --full", ["users"], None),
            ("data-lake --entity accounts --sample 5", ["data_lake:accounts"], 5),
            ("--entity users", ["users", "data_lake:users"], 200),
        ],
    )
    def test_the_options_of_verify_choose_what_is_compared(
        self, run: Run, verifying: Verifying, line: str, entities: list[str], sample: int | None
    ):
        backend = verifying(verification(FINE))
        assert run("verify", *line.split()).code == 0
        assert backend.verifier.asked == [(tuple(entities), sample)]
        assert backend.closed

    def test_verify_without_options_compares_everything(self, run: Run, verifying: Verifying):
        backend = verifying(verification(FINE))
        run("verify")
        assert len(backend.verifier.asked[0][0]) == 6

    def test_a_rolling_verification_compares_so_many_percent(self, run: Run, verifying: Verifying):
        backend = verifying(replace(verification(FINE), sample=None, percent=5))
        ended = run("verify", "users", "--rolling", "5%")
        assert (ended.code, backend.verifier.percent, backend.verifier.asked[0][1]) == (0, 5, None)
        assert "content of the next 5 % of the rows compared" in ended.out
        assert json.loads(run("verify", "users", "--rolling", "5", "--json").out)["compared"] == "slice"

    @pytest.mark.parametrize(
        "line", ["--full --sample 5", "--rolling 0%", "--rolling 101", "nothing", "--entity acounts", "--sample many"]
    )
    def test_wrong_usage_of_verify_is_2(self, run: Run, backend: FakeBackend, line: str):
        assert run("verify", *line.split()).code == 2
        assert backend.verifier.asked == []


class TestReport:
    def test_verify_of_a_lake_in_step_is_0(self, run: Run, verifying: Verifying):
        verifying(verification(FINE))
        ended = run("verify", "data-lake")
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("in step in 3.2 s, content of 200 rows of each compared\n")
        assert "accounts  in step  55 007  55 191       200" in ended.out

    def test_verify_of_a_lake_out_of_step_is_1_and_names_ids_to_look_at(self, run: Run, verifying: Verifying):
        verifying(verification(BROKEN))
        ended = run("verify", "data-lake")
        assert ended.code == 1
        assert "accounts missing: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 193 more\n" in ended.out
        assert "accounts pending: 7, 9\n" in ended.out

    def test_verify_that_cannot_tell_is_1_and_says_why_in_safe_text(self, run: Run, verifying: Verifying):
        notice = Notice("odoo_access", HOSTILE, "Give the right.", "accounts")
        verifying(verification(replace(FINE, verdict=Verdict.UNKNOWN), errors=(notice,)))
        ended = run("verify", "data-lake")
        assert ended.code == 1
        assert "Give the right." in ended.err
        assert not {"\x1b", "\x07", "\u202e"} & set(ended.out + ended.err)

    def test_verify_as_json_is_one_object(self, run: Run, verifying: Verifying):
        found = verification(BROKEN)
        verifying(found)
        ended = run("verify", "--json")
        assert ended.code == 1
        assert json.loads(ended.out) == json.loads(json.dumps(found.as_dict()))

    @pytest.mark.parametrize(("error", "code"), [(OdooSetupError("Wrong key."), 2), (OdooTransientError("Away."), 3)])
    def test_verify_tells_which_side_cannot_be_read(self, run: Run, verifying: Verifying, error: Exception, code: int):
        verifying(error)
        ended = run("verify", "--json")
        assert (ended.code, json.loads(ended.out)["error"]) == (code, str(error))
        assert error.message in ended.err


class TestRepair:
    def test_repair_runs_full_syncs_and_verifies_what_they_touched_again(self, run: Run, verifying: Verifying):
        other = replace(FINE, id="data_lake:invoices", name="invoices", title="invoices")
        backend = verifying(verification(BROKEN, other), verification(FINE))
        ended = run("verify", "data-lake", "--repair", "--user", "anna")
        assert ended.code == 0
        assert backend.synced == [
            (Action.DATA_LAKE, "anna", Scope(("accounts",), Mode.FULL, restart=True, reread=True))
        ]
        assert backend.verifier.asked[1] == (("data_lake:accounts",), 200)
        assert "sync_data_lake: success, run 5f0c" in ended.out
        assert "out of step" in ended.err

    def test_repair_that_leaves_something_out_of_step_is_1(self, run: Run, verifying: Verifying):
        verifying(verification(BROKEN), verification(BROKEN))
        assert run("verify", "data-lake", "--repair").code == 1

    def test_repair_runs_nothing_when_nothing_is_wrong(self, run: Run, verifying: Verifying):
        backend = verifying(verification(FINE))
        assert run("verify", "--repair").code == 0
        assert backend.synced == []

    def test_verify_without_repair_runs_nothing(self, run: Run, verifying: Verifying):
        backend = verifying(verification(BROKEN))
        run("verify")
        assert backend.synced == []

    def test_repair_as_json_tells_the_state_before_and_the_runs_that_mended_it(self, run: Run, verifying: Verifying):
        verifying(verification(BROKEN), verification(FINE))
        told = json.loads(run("verify", "data-lake", "--repair", "--json").out)
        assert told["verdict"] == "in_step"
        assert told["repair"]["before"]["data_lake:accounts"]["missing"]["count"] == 1203
        assert told["repair"]["runs"] == [RESULT.as_dict()]

    def test_repair_beside_another_run_is_3(self, run: Run, verifying: Verifying):
        backend = verifying(verification(BROKEN))

        def held(_service: object):
            raise LeaseHeld("ben", "other", None, None)

        backend.script = held
        ended = run("verify", "--repair")
        assert ended.code == 3
        assert "ben" in ended.err

    def test_repair_runs_in_the_login_name_unless_another_is_given(self, run: Run, verifying: Verifying):
        backend = verifying(verification(BROKEN), verification(FINE))
        run("verify", "data-lake", "--repair")
        assert backend.synced[0][1] == get_login_name()
