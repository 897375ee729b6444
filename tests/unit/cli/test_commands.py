"""What each command asks the service for, prints, and returns."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditQuery, Order
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    LeaseHeld,
    OdooSetupError,
    StoreError,
    StoreUnavailable,
    SyncError,
)
from odoo_sync_tui.core.reports.overview import EntityStatus, EntitySummary
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.settings.identity import get_login_name
from tests.support.declared import WITH_CONTACTS
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.conftest import Run
from tests.unit.cli.scripts import crashing
from tests.unit.cli.values import HOSTILE, OVERVIEW, PARTIAL, RESULT, event, raising, record


def asked_for(backend: FakeBackend) -> list[tuple[AuditQuery, int, str | None]]:
    """The pages that were asked for, all of them newest first."""
    assert all(order is Order.NEWEST_FIRST for _, _, _, order in backend.overview_queries.asked)
    return [(query, limit, after) for query, limit, after, _ in backend.overview_queries.asked]


class TestSync:
    @pytest.mark.parametrize(
        ("word", "action"),
        [("departments", Action.DEPARTMENTS), ("users", Action.USERS), ("data-lake", Action.DATA_LAKE)],
    )
    def test_sync_without_options_is_an_incremental_run_by_the_login_name(
        self, run: Run, backend: FakeBackend, word: str, action: Action
    ):
        assert run("sync", word).code == 0
        assert backend.synced == [(action, get_login_name(), Scope())]

    def test_every_option_of_sync_reaches_the_scope(self, run: Run, backend: FakeBackend):
        line = "sync data-lake --full --entity accounts --entity invoices --dry-run --user anna"
        run(*line.split())
        scope = Scope(("accounts", "invoices"), Mode.FULL, dry_run=True)
        assert backend.synced == [(Action.DATA_LAKE, "anna", scope)]

    @pytest.mark.parametrize(
        ("line", "confirmed"),
        [
            ("sync data-lake --entity accounts --confirm-retire 60", {"accounts": 60}),
            ("sync departments --confirm-retire 3", {"departments": 3}),
        ],
    )
    def test_a_confirmed_retirement_holds_for_the_entity_that_the_run_covers(
        self, run: Run, backend: FakeBackend, line: str, confirmed: dict[str, int]
    ):
        assert run(*line.split()).code == 0
        assert [scope.confirm_retire for _, _, scope in backend.synced] == [confirmed]

    @pytest.mark.parametrize("option", ["", "--entity accounts --entity invoices", "--detach"])
    def test_a_confirmed_retirement_of_no_single_entity_is_refused(self, run: Run, backend: FakeBackend, option: str):
        ended = run("sync", "data-lake", "--confirm-retire", "60", *option.split())
        assert (ended.code, backend.synced) == (2, [])
        assert "--confirm-retire speaks of one entity, and this run covers accounts, " in ended.err

    def test_every_entity_of_the_catalog_can_be_named(
        self, run: Run, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("odoo_sync_tui.pipeline.catalog.build_catalog", lambda _settings: WITH_CONTACTS)
        assert run("sync", "data-lake", "--entity", "contacts").code == 0
        run("verify", "--entity", "contacts")
        assert [scope.entities for _, _, scope in backend.synced] == [("contacts",)]
        assert backend.verifier.asked == [(("data_lake:contacts",), 200)]

    @pytest.mark.parametrize("line", ["sync data-lake", "sync data-lake --detach", "verify data-lake"])
    def test_an_entity_that_there_is_not_is_wrong_usage_and_no_store_is_opened(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, line: str
    ):
        monkeypatch.delitem(sys.modules, "odoo_sync_tui.pipeline.backend")
        monkeypatch.setattr("odoo_sync_tui.pipeline.backend.open_store", pytest.fail)
        ended = run(*line.split(), "--entity", "acounts")
        assert ended.code == 2
        assert "sync_data_lake has no entity named acounts." in ended.err
        assert "Did you mean accounts? Known are: accounts, opportunities, invoices, users." in ended.err

    def test_sync_reports_its_entities_in_a_table(self, run: Run):
        assert run("sync", "data-lake").out == (
            "sync_data_lake: success in 41.2 s, run 5f0c\n"
            "entity    state    synced  created  updated  unchanged\n"
            "accounts  success  55 007    1 204       83     53 720\n"
            "invoices  success      12        0        0         12\n"
            "all                55 019    1 204       83     53 732\n"
        )

    def test_sync_as_json_is_one_object_and_nothing_else(self, run: Run):
        ended = run("sync", "data-lake", "--json")
        assert json.loads(ended.out) == {**RESULT.as_dict(), "error": None, "hint": None}
        assert ended.err == "sync_data_lake: success in 41.2 s\n"

    def test_a_partial_sync_tells_why_and_is_no_success(self, run: Run, backend: FakeBackend):
        backend.script = lambda _service: PARTIAL
        ended = run("sync", "data-lake")
        assert ended.code == 1
        assert "accounts: 60 documents of" in ended.err
        assert "Confirm it." in ended.err

    @pytest.mark.parametrize("option", [[], ["--json"]])
    def test_no_escape_code_of_a_result_reaches_the_terminal(self, run: Run, backend: FakeBackend, option: str):
        backend.script = lambda _service: PARTIAL
        ended = run("sync", "data-lake", *option)
        assert not {"\x1b", "\x07", "\u202e"} & set(ended.out + ended.err)

    @pytest.mark.parametrize(
        ("outcome", "retryable", "code"),
        [
            (Outcome.SUCCESS, True, 0),
            (Outcome.PARTIAL, True, 1),
            (Outcome.FAILED, False, 1),
            (Outcome.FAILED, True, 3),
            (Outcome.INTERRUPTED, True, 3),
            (Outcome.CANCELLED, False, 1),
        ],
    )
    def test_the_outcome_of_a_sync_decides_the_exit_code(
        self, run: Run, backend: FakeBackend, outcome: Outcome, retryable: bool, code: int
    ):
        backend.script = lambda _service: replace(RESULT, outcome=outcome, retryable=retryable)
        assert run("sync", "users").code == code

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (ConfigurationError("odoo.url is not set."), 2),
            (OdooSetupError("Odoo refused the login."), 2),
            (LeaseHeld("ben", "other", None, None), 3),
            (StoreUnavailable("MongoDB does not answer."), 3),
            (StoreError("MongoDB refused."), 1),
        ],
    )
    def test_an_error_of_sync_is_one_line_and_an_exit_code(
        self, run: Run, backend: FakeBackend, error: SyncError, code: int
    ):
        backend.script = raising(error)
        ended = run("sync", "users")
        assert (ended.code, ended.out) == (code, "")
        assert ended.err == f"odoo-sync-tui: {error}\n"

    def test_sync_closes_the_store_whatever_happens(self, run: Run, backend: FakeBackend):
        backend.script = raising(StoreError("MongoDB refused."))
        run("sync", "users")
        assert backend.closed


class TestStatus:
    def test_status_tells_health_runs_and_counts_in_words(self, run: Run):
        out = run("status").out
        for text in (
            "acme as sync at https://odoo.acme.example (19.0, json2)",
            "6.0.5 replica set, embedded, database odoo_sync",
            "2026-01-31 12:27:00 UTC (3 min ago)",
            "held by anna on box since 2026-01-31 12:30:00 UTC",
            "health        wrong since 2026-01-31 12:28:00 UTC: data-lake: accounts: Odoo said R",
            "to decide     data-lake: accounts: 1 row is in quarantine: mend it",
            "accounts  wrong   55 007  55 007       184  -184            1       12  0 s ago",
        ):
            assert text in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)

    def test_status_tells_why_the_settings_name_no_odoo(self, run: Run, backend: FakeBackend):
        assert "settings" not in run("status").out
        integration = replace(OVERVIEW.integration, settings_problem="odoo.url is not set. Set it.")
        backend.overview_queries.answer = replace(OVERVIEW, integration=integration)
        assert "settings      odoo.url is not set. Set it." in run("status").out

    def test_status_names_the_documents_of_entities_that_are_not_synced_in_one_line(
        self, run: Run, backend: FakeBackend
    ):
        assert "not synced" not in run("status").out
        assert json.loads(run("status", "--json").out)["left_over"] == []
        backend.overview_queries.left_over = (
            EntitySummary("invoices", "data_lake:invoices", "account.move", EntityStatus.OFF, 0, 1),
            EntitySummary("orders", "data_lake:orders", None, EntityStatus.UNDECLARED, 1_200, 4),
        )
        line = "not synced    invoices (1 document, off), orders (1 204 documents, no longer declared)"
        assert line in run("status").out.splitlines()

    def test_status_as_json_holds_the_overview_with_times_in_utc(self, run: Run):
        overview = json.loads(run("status", "--json").out)
        assert overview["integration"]["status"] == "failed"
        assert overview["integration"]["last_sync"] == "2026-01-31T12:27:00Z"
        assert overview["entities"][0]["active"] == 55_007
        assert overview["integration"]["error_message"] == f"Odoo said {HOSTILE}"

    @pytest.mark.parametrize(("result", "printed"), [(RESULT, RESULT.as_dict()), (None, {})], ids=["ended", "cut off"])
    def test_status_as_json_holds_the_last_run_with_its_result_as_sync_prints_it(
        self, run: Run, backend: FakeBackend, result: SyncResult | None, printed: dict[str, object]
    ):
        backend.overview_queries.answer = replace(OVERVIEW, last_run=record("a" * 32, result=result))
        last_run = json.loads(run("status", "--json").out)["last_run"]
        assert (last_run["id"], last_run["result"]) == ("a" * 32, printed)


class TestAudit:
    def test_audit_prints_one_line_an_event(self, run: Run):
        lines = run("audit").out.splitlines()
        assert lines[0].startswith(
            "2026-01-31 12:30:00 UTC  sync_users        anna          success      4 synced, 4 upd"
        )
        assert len(lines) == 3
        assert not {"\x1b", "\x07", "\u202e"} & set("".join(lines))

    def test_audit_says_how_many_documents_of_what_were_deleted(self, run: Run, backend: FakeBackend):
        details = {"event": "started", "entity": f"orders{HOSTILE}", "documents": 1204, "reason": "sold"}
        begun = event(1, action="drop_entity", details=details, outcome=None, run_id=None)
        ended = replace(begun, details=details | {"event": "finished", "quarantined": 3}, outcome=Outcome.SUCCESS)
        backend.overview_queries.events = (ended, begun)
        first, second = run("audit").out.splitlines()
        assert first.endswith(": 1 204 documents deleted, 3 quarantined, sold")
        assert second.endswith(": 1 204 documents to delete, sold")
        assert not {"\x1b", "\x07", "\u202e"} & set(first + second)

    def test_audit_as_json_prints_one_object_an_event(self, run: Run, backend: FakeBackend):
        events = [json.loads(line) for line in run("audit", "--json").out.splitlines()]
        assert [event["id"] for event in events] == ["0", "1", "2"]
        assert events[0]["timestamp"] == "2026-01-31T12:30:00Z"
        assert events[0]["outcome"] == "success"

    def test_every_option_of_audit_reaches_the_query(self, run: Run, backend: FakeBackend):
        line = "audit --limit 2 --since 2026-01-30T10:00Z --action data-lake --user anna --outcome failed"
        run(*line.split())
        since = datetime(2026, 1, 30, 10, tzinfo=UTC)
        query = AuditQuery(("sync_data_lake",), "anna", Outcome.FAILED, since=since)
        assert asked_for(backend) == [(query, 2, None)]

    def test_audit_takes_the_beginnings_of_words_as_the_filter_of_the_dashboard_does(
        self, run: Run, backend: FakeBackend
    ):
        run("audit", "--action", "sync_d", "--outcome", "fail")
        run("audit", "--action", "data lake", "--outcome", "started")
        queries = [query for query, _, _ in asked_for(backend)]
        assert queries[0] == AuditQuery(("sync_departments", "sync_data_lake"), outcome=Outcome.FAILED)
        assert queries[1] == AuditQuery(("sync_data_lake",), no_outcome=True)

    def test_audit_names_the_actions_that_there_are_when_nothing_has_the_one_asked_for(
        self, run: Run, backend: FakeBackend
    ):
        backend.overview_queries.events = ()
        ended = run("audit", "--action", "import")
        assert (ended.code, ended.out) == (0, "")
        assert "action:import: no event has it; there are sync_departments," in ended.err

    def test_audit_reads_a_long_history_in_pages(self, run: Run, backend: FakeBackend):
        backend.overview_queries.events = tuple(event(number) for number in range(1203))
        assert len(run("audit", "--limit", "1100").out.splitlines()) == 1100
        assert [(limit, after) for _, limit, after in asked_for(backend)] == [(500, None), (500, "499"), (100, "999")]

    def test_audit_says_what_an_event_is_that_is_no_end(self, run: Run, backend: FakeBackend):
        backend.overview_queries.events = (event(0, outcome=None, details={"event": "started"}),)
        assert run("audit").out == "2026-01-31 12:30:00 UTC  sync_users        anna          started\n"


class TestErrors:
    def test_a_wrong_setting_ends_any_command_before_it_begins(
        self, run: Run, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "many")
        for command in (["sync", "users"], ["status"], ["audit"]):
            ended = run(*command)
            assert ended.code == 2
            assert "ODOO_SYNC_SYNC__BLOCK_SIZE" in ended.err
        assert backend.synced == []

    @pytest.mark.parametrize("given", ["odoo.api_key=hunter2", "mongo.uri=mongodb://anna:hunter2@db"])
    def test_a_secret_is_refused_on_the_command_line(self, run: Run, given: str):
        ended = run("status", "-o", given)
        name = given.partition("=")[0]
        assert ended.code == 2
        assert f"ODOO_SYNC_{name.upper().replace('.', '__')}_FILE" in ended.err
        assert "hunter2" not in ended.err

    def test_a_connection_string_without_password_is_not_refused(self, run: Run):
        assert run("status", "-o", "mongo.uri=mongodb://db").code == 0

    def test_a_defect_is_told_in_two_lines_and_kept_in_the_log(self, run: Run, backend: FakeBackend, machine: Path):
        backend.script = crashing
        ended = run("sync", "users")
        log = machine / "state" / "odoo-sync-tui" / "odoo-sync-tui.log"
        assert ended.code == 1
        assert ended.err == (
            f"odoo-sync-tui: unexpected error: KeyError: 'password=***'\nThe full report is in {log}.\n"
        )
        report = log.read_text()
        assert "Traceback" in report
        assert "scripts.py" in report
        assert "hunter2" not in report.replace('password = "hunter2"', "")
        assert log.stat().st_mode & 0o777 == 0o600

    def test_a_defect_is_told_even_where_no_log_can_be_written(self, run: Run, backend: FakeBackend, machine: Path):
        backend.script = crashing
        (machine / "state").write_text("a file where the directory should be")
        ended = run("sync", "users")
        assert ended.code == 1
        assert "No log file could be written." in ended.err
