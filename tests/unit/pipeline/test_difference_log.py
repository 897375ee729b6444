"""The file of a dry run's differences: flat in memory, private, gone whatever happens."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tracemalloc
from collections import deque
from datetime import UTC, datetime
from itertools import repeat
from math import inf
from pathlib import Path

import pytest
from bson import Decimal128

from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.text.redaction import forget_new_secrets, register_secrets
from odoo_sync_tui.pipeline.run import difference_log
from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog, parse_difference
from odoo_sync_tui.runtime.files import FileError
from tests.support.slow import slow

AT = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


def updated(odoo_id: int, entity: str = "accounts", **fields: tuple[object, object]) -> Difference:
    changes = {name: ValueChange(*values) for name, values in fields.items()}
    return Difference(entity, odoo_id, DifferenceKind.UPDATED, None, changes)


def created(odoo_id: int, entity: str = "accounts") -> Difference:
    return Difference(entity, odoo_id, DifferenceKind.CREATED, None, {"name": ValueChange(None, "n")})


def retired(odoo_id: int, reason: InactiveReason, entity: str = "accounts") -> Difference:
    return Difference(entity, odoo_id, DifferenceKind.RETIRED, reason)


@pytest.fixture
def log(tmp_path: Path):
    with DifferenceLog(directory=tmp_path) as opened:
        yield opened


def ids(log: DifferenceLog, entity: str = "accounts") -> list[int]:
    return [json.loads(line)["odoo_id"] for line in log.lines(entity)]


def test_a_line_is_the_json_of_the_program_with_dates_and_money_as_elsewhere(log: DifferenceLog):
    log.add(updated(7, amount=(Decimal128("1.50"), Decimal128("2.00")), at=(None, AT)))
    assert [json.loads(line) for line in log.lines("accounts")] == [
        {
            "entity": "accounts",
            "odoo_id": 7,
            "change": "updated",
            "reason": None,
            "fields": {
                "amount": {"old": "1.50", "new": "2.00"},
                "at": {"old": None, "new": "2026-01-31T12:30:00Z"},
            },
        }
    ]


def test_a_difference_is_read_as_it_was_written(log: DifferenceLog):
    given = [updated(1, name=("a\n\x1b[31m", None)), retired(2, InactiveReason.HIDDEN), created(3)]
    for each in given:
        log.add(each)
    assert list(map(parse_difference, log.lines("accounts"))) == given


def test_documents_of_two_entities_are_kept_apart(log: DifferenceLog):
    for each in (created(1), created(2), created(9, "invoices")):
        log.add(each)
    assert (ids(log), ids(log, "invoices")) == ([1, 2], [9])


def test_sums_fields_and_reasons_are_counted_by_entity(log: DifferenceLog):
    for each in (
        updated(1, name=(1, 2), stage=(1, 2)),
        updated(2, stage=(1, 2)),
        created(3),
        retired(4, InactiveReason.DELETED),
        retired(5, InactiveReason.DELETED),
        created(6, "invoices"),
    ):
        log.add(each)
    accounts = log.summaries["accounts"]
    assert accounts.changes == {DifferenceKind.UPDATED: 2, DifferenceKind.CREATED: 1, DifferenceKind.RETIRED: 2}
    assert accounts.fields == {"stage": 2, "name": 1}, "new documents have all fields: they are not counted"
    assert accounts.reasons == {InactiveReason.DELETED: 2}
    assert list(log.summaries) == ["accounts", "invoices"]


def test_with_a_limit_the_documents_to_update_come_before_the_new_ones(tmp_path: Path):
    with DifferenceLog(3, tmp_path) as log:
        for odoo_id in range(10, 20):
            log.add(created(odoo_id))
        log.add(updated(1, name=(1, 2)))
        assert ids(log) == [1, 10, 11]
        assert log.summaries["accounts"].changes.total() == 11


def test_secrets_of_ours_do_not_reach_the_file(log: DifferenceLog):
    with forget_new_secrets():
        register_secrets(["s3cr3t-of-ours"])
        log.add(updated(1, note=("s3cr3t-of-ours", "x")))
    assert "s3cr3t" not in "".join(log.lines("accounts"))


def test_fields_without_end_are_counted_up_to_a_bound(log: DifferenceLog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(difference_log, "MAX_COUNTED_FIELDS", 3)
    for number in range(10):
        log.add(updated(number, name=(1, 2), **{f"customer_{number}": (1, 2)}))
    assert log.summaries["accounts"].fields == {"name": 10, "customer_0": 1, "customer_1": 1}


@pytest.mark.parametrize("limit", [20, *slow([inf])], ids=["some", "all"])
def test_thousands_of_differences_take_no_memory(tmp_path: Path, limit: float):
    difference = updated(1, name=("a" * 50, "b" * 50))
    with DifferenceLog(limit, tmp_path) as log:
        log.add(difference)
        tracemalloc.start()
        for _ in range(20_000):
            log.add(difference)
        for _ in log.lines("accounts"):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 400_000, "four megabytes were written"


def test_only_this_user_may_read_the_file_and_nobody_finds_it(log: DifferenceLog, tmp_path: Path):
    log.add(created(1))
    assert list(tmp_path.iterdir()) == []
    assert stat.S_IMODE(os.fstat(log._file.fileno()).st_mode) == 0o600


def test_a_directory_that_is_made_for_it_is_private(tmp_path: Path):
    with DifferenceLog(directory=tmp_path / "state" / "ours"):
        assert stat.S_IMODE((tmp_path / "state" / "ours").stat().st_mode) == 0o700


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_process_that_a_signal_ends(tmp_path: Path, number: signal.Signals):
    program = """if True:
        import os, sys
        from pathlib import Path
        from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind
        from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog
        with DifferenceLog(directory=Path(sys.argv[1])) as log:
            log.add(Difference("accounts", 1, DifferenceKind.CREATED))
            list(log.lines("accounts"))
            os.kill(os.getpid(), int(sys.argv[2]))
    """
    command = [sys.executable, "-c", program, str(tmp_path), str(int(number))]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert ended.returncode in {-number, 1}
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused_in_words(tmp_path: Path):
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(FileError, match=r"Differences could not be kept in .*file") as refused:
        DifferenceLog(directory=tmp_path / "file")
    assert "--differences 0" in refused.value.hint
    with DifferenceLog(0, tmp_path / "file") as log:
        log.add(created(1))
        assert (ids(log), log.summaries["accounts"].changes.total()) == ([], 1)


def test_a_full_disk_ends_the_run_in_words_and_leaves_the_sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Path("/dev/full").open("r+b"))  # noqa: SIM115
    long = updated(1, name=("a" * 10_000, "b" * 10_000))
    with DifferenceLog(directory=tmp_path) as log:
        with pytest.raises(FileError, match="No space left"):
            deque(map(log.add, repeat(long, 100)))
        assert (ids(log), log.limit) == ([], 0)
        log.add(created(1, "invoices"))
        assert log.summaries["invoices"].changes.total() == 1


@pytest.mark.parametrize("step", [1, 7, 50])
def test_a_page_begins_at_any_difference(log: DifferenceLog, monkeypatch: pytest.MonkeyPatch, step: int):
    monkeypatch.setattr(difference_log, "INDEX_STEP", step)
    for odoo_id in range(120):
        log.add(created(odoo_id, "accounts" if odoo_id < 60 else "invoices"))
    for first, count in ((0, 10), (49, 3), (50, 50), (55, 10), (119, 10), (120, 10), (500, 1)):
        assert [each.odoo_id for each in log.page(first, count)] == list(range(120))[first : first + count]


def test_a_closed_log_keeps_its_sums_and_no_document(log: DifferenceLog):
    log.add(created(1))
    log.close()
    assert (log.page(0, 10), ids(log), log.count) == ([], [], 1)
