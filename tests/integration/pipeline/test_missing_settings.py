"""A sync that lacks a setting is refused, and leaves no trace of a run that failed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.service import OdooSyncPipelineService as Service
from tests.support.processes import environment
from tests.support.slow import slow
from tests.support.world import World, world

SYNCS = (Service.sync_departments, Service.sync_users, Service.sync_data_lake)
SCOPES = (Scope(), Scope(dry_run=True), Scope(mode=Mode.FULL), Scope(adopt_source=True))


def traces(here: World) -> dict[str, int]:
    """How much stands in each collection that tells of runs."""
    names = ("sync_runs", "audit_log", "integrations", "sync_leases")
    return {name: here.database[name].count_documents({}) for name in names}


@pytest.mark.parametrize("sync", SYNCS, ids=lambda sync: sync.__name__)
@pytest.mark.parametrize("scope", SCOPES, ids=["plain", "dry run", "full", "adopt source"])
@pytest.mark.parametrize("missing", ["odoo__url", "odoo__api_key"])
def test_a_sync_that_lacks_a_setting_is_a_runtime_error_and_records_nothing(
    odoo: DemoOdoo,
    mongo_uri: str,
    database_name: str,
    sync: Callable[[Service, str, Scope], SyncResult],
    scope: Scope,
    missing: str,
):
    with world(mongo_uri, database_name, odoo, **{missing: None}) as here:
        with pytest.raises(RuntimeError, match=missing.replace("__", ".") + " is not set") as caught:
            sync(here.backend.service(), "anna", scope)
        assert isinstance(caught.value, ConfigurationError)
        assert set(traces(here).values()) == {0}


def test_a_stored_success_stays_what_it_was(here: World, odoo: DemoOdoo, mongo_uri: str, database_name: str):
    here.backend.service().sync_departments("anna")
    before = here.integration(), traces(here)
    with world(mongo_uri, database_name, odoo, odoo__username=None) as lacking, pytest.raises(ConfigurationError):
        lacking.backend.service().sync_departments("anna")
    assert (here.integration(), traces(here)) == before


@pytest.mark.parametrize("way", [(), *slow([(("--detach",),)])], ids=["in front", "detached"])
def test_the_command_is_refused_with_code_2_and_records_nothing(here: World, tmp_path, way: tuple[str, ...]):
    lacking = environment(here, tmp_path, odoo__database="")
    command = [sys.executable, "-m", "odoo_sync_tui", "sync", "departments", *way]
    ended = subprocess.run(command, env=lacking, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert "odoo.database is not set." in ended.stderr
    assert set(traces(here).values()) == {0}
