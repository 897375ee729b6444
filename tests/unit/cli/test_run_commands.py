"""``sync --wait`` and ``--detach``, ``runs``, ``cancel`` and ``audit --verify``."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_sync_tui.cli import detach
from odoo_sync_tui.core.audit.events import ChainBreak, NotedHead
from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.run import LeaseState, Operator
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.settings.identity import get_login_name
from tests.support.fake_backend.backend import FakeBackend, FakeService
from tests.support.fake_backend.overview_queries import HEAD
from tests.support.slow import slow
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import HOSTILE, NOW, PROGRESS, RESULT, record

HELD = LeaseHeld("ben", "other", NOW, NOW)


def state(run_id: str, *, live: bool = True) -> LeaseState:
    return LeaseState(live, run_id, "ben", "other", NOW, NOW)


def progressing(service: FakeService):
    """A service that tells its progress."""
    service.on_progress(PROGRESS)
    return RESULT


def held_first(times: int):
    """A service that finds the lease held so many times."""
    refusals = [HELD] * times

    def script(_service: object):
        if refusals:
            raise refusals.pop()
        return RESULT

    return script


class TestWait:
    @pytest.mark.parametrize("line", ["sync --wait users", *slow(["sync users --wait", "sync --wait 60 users"])])
    def test_sync_wait_waits_for_the_end_of_the_other_run_and_says_whose(
        self, run: Run, backend: FakeBackend, line: str
    ):
        backend.script = held_first(1)
        backend.overview_queries.leases = [state("r1"), state("r1", live=False)]
        ended = run(*line.split())
        assert ended.code == 0
        assert "Another run is at work: ben on other, since 2026-01-31 12:30:00 UTC. Waiting for its end." in ended.err
        assert len(backend.synced) == 2

    def test_sync_wait_tells_of_the_next_run_that_was_faster(self, run: Run, backend: FakeBackend):
        backend.script = held_first(2)
        backend.overview_queries.leases = [state("r1"), state("r2"), state("r2"), state("r2", live=False)]
        ended = run("sync", "users", "--wait")
        assert (ended.code, ended.err.count("Waiting for its end.")) == (0, 2)

    @pytest.mark.parametrize("option", [(), ("--wait", "0")])
    def test_sync_without_wait_refuses_with_who_where_and_since_when(
        self, run: Run, backend: FakeBackend, option: tuple[str, ...]
    ):
        backend.script = held_first(9)
        ended = run("sync", "users", *option)
        assert (ended.code, ended.out, len(backend.synced)) == (3, "", 1)
        assert "ben on other, since 2026-01-31 12:30:00 UTC" in ended.err

    def test_sync_wait_ends_after_its_time(self, run: Run, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch):
        clock = iter(range(1000))
        monotonic = "odoo_sync_tui.pipeline.run.lease.wait_for_lease.time.monotonic"
        monkeypatch.setattr(monotonic, lambda: float(next(clock)))
        backend.script = held_first(99)
        backend.overview_queries.leases = [state("r1")] * 99
        ended = run("sync", "users", "--wait", "2")
        assert ended.code == 3
        assert 1 < len(backend.synced) < 4

    def test_a_signal_ends_sync_wait(self, run: Run, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch):
        backend.script = held_first(99)

        def lease():
            signal.raise_signal(signal.SIGTERM)
            return state("r1")

        monkeypatch.setattr(backend.overview_queries, "get_lease", lease)
        ended = run("sync", "users", "--wait")
        assert (ended.code, ended.out, len(backend.synced)) == (128 + signal.SIGTERM, "", 1)
        assert "The run was stopped: interrupted by SIGTERM." in ended.err

    def test_sync_restart_reaches_the_scope(self, run: Run, backend: FakeBackend):
        run("sync", "users", "--restart")
        assert backend.synced[0][2] == Scope(restart=True)

    @pytest.mark.parametrize("wait", ["soon", "-1", "1.5"])
    def test_sync_wait_with_a_time_that_is_none_is_wrong_usage(self, run: Run, wait: str):
        assert run("sync", "users", f"--wait={wait}").code == 2


class TestDetach:
    def test_only_the_newest_logs_of_detached_runs_are_kept(self, machine: Path):
        directory = machine / "state" / "odoo-sync-tui" / "detached"
        directory.mkdir(parents=True)
        for number in range(60):
            (directory / f"20200101T0000{number:02}Z-1.log").touch()
        new = detach.new_log()
        kept = sorted(directory.iterdir())
        assert (len(kept), kept[-1], kept[0].name) == (50, new, "20200101T000011Z-1.log")

    def test_detach_tells_of_a_state_directory_that_cannot_be_written(
        self, run: Run, machine: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("sys.orig_argv", ["python", "-m", "odoo_sync_tui", "sync", "users", "--detach"])
        (machine / "state").write_text("a file where the directory should be")
        ended = run("sync", "users", "--detach")
        assert ended.code == 2
        assert "XDG_STATE_HOME" in ended.err

    def test_no_process_of_a_detached_run_inherits_the_pipe_on_which_it_reports(
        self, run: Run, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
    ):
        """A mongod that holds it open would let the command wait for it when the run has long ended."""
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        inherited = []
        enter = type(backend).__enter__
        monkeypatch.setattr(
            type(backend), "__enter__", lambda self: (inherited.append(os.get_inheritable(writing)), enter(self))[1]
        )
        backend.script = progressing
        assert run("sync", "users", "--report-to", str(writing)).code == 0
        assert inherited == [False]
        with os.fdopen(reading) as pipe:
            assert json.loads(pipe.read()) == {"run_id": PROGRESS.run_id}

    def test_detach_refuses_inside_another_program(self, run: Run, backend: FakeBackend):
        ended = run("sync", "users", "--detach")
        assert (ended.code, backend.synced) == (2, [])
        assert "command line only" in ended.err


class TestRuns:
    def test_runs_are_a_table_of_what_happened(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [
            record("b" * 32, outcome=None, result=None, live=True, progress=PROGRESS, started_at=datetime.now(UTC)),
            record("c" * 32, outcome=None, result=None),
            record("a" * 32, scope=Scope(dry_run=True)),
        ]
        header, live, dead, ended = run("runs").out.splitlines()
        assert header.split() == ["run", "action", "operator", "started", "duration", "outcome", "figures"]
        assert live.startswith("bbbbbbbb  data_lake  anna@box")
        assert "running" in live
        assert "41.0 s    interrupted" in dead
        assert ended.endswith("41.2 s    success (dry run)  1 204 created, 83 updated, 53 732 unchanged")

    def test_runs_as_json_lines_have_whole_ids_and_figures(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [record("a" * 32), record("b" * 32)]
        lines = [json.loads(line) for line in run("runs", "--json", "--limit", "1").out.splitlines()]
        assert [(line["run_id"], line["outcome"], line["counts"]["created"]) for line in lines] == [
            ("a" * 32, "success", 1204)
        ]
        assert lines[0]["started_at"] == "2026-01-31T11:30:00Z"

    def test_names_from_outside_are_harmless_in_the_table_of_runs(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [record("a" * 32, operator=Operator(HOSTILE, HOSTILE, 1), action=HOSTILE)]
        out = run("runs").out + run("runs", "--json").out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)

    def test_a_table_of_no_runs_is_no_error(self, run: Run):
        ended = run("runs")
        assert (ended.code, ended.out, ended.err) == (0, "", "There are no runs yet.\n")

    def test_a_run_that_never_beat_has_no_negative_duration(self, run: Run, backend: FakeBackend):
        late = record("a" * 32, outcome=None, result=None, heartbeat_at=NOW - timedelta(days=9))
        backend.overview_queries.runs = [late]
        assert "0.0 s" in run("runs").out


class TestCancel:
    @pytest.mark.parametrize("which", [[], ["bbbb"], ["b" * 32]])
    def test_cancel_asks_the_live_run_to_stop(self, run: Run, backend: FakeBackend, which: list[str]):
        backend.overview_queries.runs = [record("b" * 32, outcome=None, live=True), record("a" * 32)]
        ended = run("cancel", *which, "--user", "eve")
        assert (ended.code, backend.overview_queries.cancels) == (0, [("b" * 32, "eve")])
        assert "sync_data_lake by anna on box" in ended.out

    def test_cancel_takes_a_reason(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [record("b" * 32, outcome=None, live=True)]
        run("cancel", "--reason", " wrong scope ")
        assert backend.overview_queries.cancel_reasons == ["wrong scope"]

    def test_cancel_asks_in_the_login_name_by_default(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [record("b" * 32, outcome=None, live=True)]
        run("cancel")
        assert backend.overview_queries.cancels == [("b" * 32, get_login_name())]

    def test_cancel_without_a_live_run_says_so(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [record("a" * 32)]
        ended = run("cancel")
        assert (ended.code, ended.out, ended.err) == (1, "", "No run is at work.\n")

    def test_cancel_of_a_named_run_lets_another_one_go_on(self, run: Run, backend: FakeBackend):
        backend.overview_queries.runs = [record("b" * 32, outcome=None, live=True), record("a" * 32)]
        ended = run("cancel", "aaaa")
        assert (ended.code, backend.overview_queries.cancels) == (1, [])
        assert "Run aaaa is not at work. At work is run bbbb" in ended.err


class TestAuditVerify:
    def test_audit_verify_of_an_intact_history_is_0(self, run: Run):
        ended = run("audit", "--verify")
        assert ended.code == 0
        verdict, head = ended.out.splitlines()
        assert verdict.startswith("intact: 7 events, 3 runs; 1 runs without a record")
        assert "2 events without a hash, older than the chain" in verdict
        assert head == "head 5:0:0:h1:000102030405060708090a0b0c0d0e0f"

    def test_audit_verify_of_a_broken_history_names_run_and_event(self, run: Run, backend: FakeBackend):
        backend.overview_queries.breaks = [ChainBreak("it was changed", "r1", HOSTILE)]
        ended = run("audit", "--verify")
        assert ended.code == 1
        first, last = ended.out.splitlines()
        assert first.startswith("run r1, event R")
        assert first.endswith("it was changed")
        assert last.startswith("broken, 1 problems")
        assert not {"\x1b", "\x07", "\u202e"} & set(ended.out)

    def test_audit_verify_as_json_is_one_object_of_bounded_size(self, run: Run, backend: FakeBackend):
        backend.overview_queries.breaks = [ChainBreak("it was changed", f"r{number}", "e1") for number in range(1000)]
        ended = run("audit", "--verify", "--json")
        report = json.loads(ended.out)
        assert (ended.code, report["intact"], report["broken"], len(report["breaks"])) == (1, False, 1000, 100)
        assert report["breaks"][0] == {"problem": "it was changed", "run_id": "r0", "event_id": "e1"}

    def test_events_beside_the_chain_have_a_word_of_their_own(self, run: Run, backend: FakeBackend):
        backend.overview_queries.outside = 4
        ended = run("audit", "--verify")
        assert ended.code == 1
        assert ended.out.startswith("unproven, 4 events beside the chain: 7 events")
        assert "as an earlier version of this program writes them" in ended.out

    def test_the_head_file_is_written_checked_and_moved_on(self, run: Run, backend: FakeBackend, tmp_path: Path):
        queries, path = backend.overview_queries, tmp_path / "head"
        assert run("audit", "--verify", "--head-file", str(path)).code == 0
        assert path.read_text() == f"head {HEAD}\n"
        assert path.stat().st_mode & 0o777 == 0o600
        queries.head = NotedHead(9, 1, 0, "h1:cd34")
        run("audit", "--verify", "--json", "--head-file", str(path))
        assert queries.noted == [None, HEAD]
        assert path.read_text() == "head 9:1:0:h1:cd34\n"

    def test_the_first_note_takes_an_unproven_history_as_it_is_and_a_broken_one_never(
        self, run: Run, backend: FakeBackend, tmp_path: Path
    ):
        unproven, broken = tmp_path / "unproven", tmp_path / "broken"
        backend.overview_queries.outside = 4
        assert run("audit", "--verify", "--head-file", str(unproven)).code == 1
        backend.overview_queries.breaks = [ChainBreak("it was changed")]
        assert run("audit", "--verify", "--head-file", str(broken)).code == 1
        assert (unproven.exists(), broken.exists()) == (True, False)

    @pytest.mark.parametrize("verdict", ["broken", "unproven"])
    def test_the_head_file_stays_as_it_is_unless_the_history_is_intact(
        self, run: Run, backend: FakeBackend, tmp_path: Path, verdict: str
    ):
        path = tmp_path / "head"
        path.write_text("1:0:0:h1:00")  # as an operator types it
        backend.overview_queries.outside = int(verdict == "unproven")
        backend.overview_queries.breaks = [ChainBreak("it was changed")] if verdict == "broken" else []
        assert run("audit", "--verify", "--head-file", str(path)).code == 1
        assert backend.overview_queries.noted == [NotedHead(1, 0, 0, "h1:00")]
        assert path.read_text() == "1:0:0:h1:00"

    @pytest.mark.parametrize("text", ["", "head", "5:0:0", "5:0:0:h1:xyz", "\x1b[2J", "1:2:3:h1:aa\n1:2:3:h1:bb"])
    def test_a_head_file_that_holds_something_else_is_refused_and_kept(self, run: Run, tmp_path: Path, text: str):
        path = tmp_path / "head"
        path.write_text(text)
        ended = run("audit", "--verify", "--head-file", str(path))
        assert ended.code == 2
        assert f"{path} holds no head of the audit history" in ended.err
        assert path.read_text() == text

    def test_a_head_file_that_cannot_be_read_or_written_is_told(self, run: Run, tmp_path: Path):
        (tmp_path / "file").touch()
        read = run("audit", "--verify", "--head-file", str(tmp_path))
        write = run("audit", "--verify", "--head-file", str(tmp_path / "file" / "head"))
        assert (read.code, "could not be read: Is a directory" in read.err) == (1, True)
        assert (write.code, "could not be" in write.err) == (1, True)

    def test_a_head_file_without_verify_is_refused(self, run: Run, tmp_path: Path):
        ended = run("audit", "--head-file", str(tmp_path / "head"))
        assert (ended.code, "--head-file belongs to --verify" in ended.err) == (2, True)

    def test_audit_verify_refuses_options_that_choose_events(self, run: Run):
        ended = run("audit", "--verify", "--user", "anna")
        assert ended.code == 2
        assert "whole history" in ended.err
