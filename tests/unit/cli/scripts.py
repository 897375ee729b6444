"""What a run does instead of a sync."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.progress import EntityProgress
from odoo_sync_tui.core.result import Counts, EntityState, Notice, SyncResult
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.fake_backend.backend import FakeService
from tests.unit.cli.values import PROGRESS, RESULT


def until_cancelled(service: FakeService) -> SyncResult:
    """A run that works until it is asked to stop."""
    service.on_progress(PROGRESS)
    emit("working")
    try:
        while True:
            service.cancel.sleep(60)
    except RunCancelled:
        return replace(RESULT, outcome=Outcome.CANCELLED, errors=(Notice("cancelled", service.cancel.reason),))


def deaf(service: FakeService) -> SyncResult:
    """A run that never comes to its next page."""
    emit("working")
    CancelToken().sleep(600)
    raise AssertionError


def reporting(service: FakeService) -> SyncResult:
    """A run that reports its progress."""
    service.on_progress(PROGRESS)
    done = EntityProgress("accounts", EntityState.SUCCESS, counts=Counts(created=1204), seconds=5.0)
    service.on_progress(replace(PROGRESS, entities=(done,)))
    return RESULT


def crashing(service: FakeService) -> SyncResult:
    """A defect of the program, with a secret in its message and in its locals."""
    password = "hunter2"
    raise KeyError(f"password={password}")


SCRIPTS = {script.__name__: script for script in (until_cancelled, deaf, reporting, crashing)}
