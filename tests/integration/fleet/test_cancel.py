"""Runs of many sources that a person stops: those at work end at their next page, and no schedule makes up for them."""

from __future__ import annotations

import signal

import pytest

from odoo_sync_tui.cli.commands.fleet.sources_sync import SourcesSync
from odoo_sync_tui.cli.parser import parse
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.pipeline.fleet.overview import FleetOverview
from odoo_sync_tui.settings.sources.load import load_sources
from tests.integration.fleet.conftest import Sources
from tests.support.world import wait_until


def test_a_sync_of_several_is_stopped_and_those_that_wait_do_not_begin(sources: Sources) -> None:
    sources.write_main("[fleet]\nprocesses = 1\n")
    sources.add("acme", "beta")
    release = sources.hold("acme")
    options = parse(["--config", str(sources.config), "fleet"])
    sync = SourcesSync(options, Action.DEPARTMENTS, ["acme", "beta"])
    sources.wait_for_question("acme")
    sync.stop()
    sync.wait()
    release()
    look = sync.look()
    assert look.is_over
    assert look.problems == {"acme": "cancelled", "beta": "cancelled"}
    assert [(each["outcome"], each["result"]["reason"]) for each in sources.runs("acme")] == [
        ("cancelled", "interrupted by SIGINT")
    ]
    assert sources.runs("beta") == []


def test_a_run_of_somebody_else_is_asked_to_stop(sources: Sources) -> None:
    sources.add("acme", "beta")
    release = sources.hold("acme")
    process = sources.start("--source=acme", "sync", "departments", "--json")
    sources.wait_for_question("acme")
    (run,) = sources.runs("acme")
    with FleetOverview(load_sources(sources.config, {})) as overview:
        assert overview.request_cancel({"acme": run["_id"], "gone": "x"}) == 1
        wait_until(lambda: process.poll() is not None)
        release()
        assert overview.request_cancel({"acme": run["_id"]}) == 0, "it has ended"
    (run,) = sources.runs("acme")
    assert (run["outcome"], process.returncode) == ("cancelled", 1)
    assert run["result"]["reason"].startswith("cancelled by ")


def test_a_source_that_cannot_be_asked_is_named_and_keeps_no_other_from_it(sources: Sources) -> None:
    sources.add("acme", text="read_only = true")
    sources.add("beta")
    release = sources.hold("beta")
    process = sources.start("--source=beta", "sync", "departments", "--json")
    sources.wait_for_question("beta")
    (run,) = sources.runs("beta")
    with FleetOverview(load_sources(sources.config, {})) as overview:
        with pytest.raises(SyncError, match=r"^acme: "):
            overview.request_cancel({"acme": "x", "beta": run["_id"]})
        process.communicate(timeout=60)
    release()
    assert [each["outcome"] for each in sources.runs("beta")] == ["cancelled"]


def test_ctrl_c_on_many_is_the_will_of_a_person_in_each(sources: Sources) -> None:
    sources.add("acme")
    release = sources.hold("acme")
    process = sources.start("sync", "departments", "--all", "--json")
    sources.wait_for_question("acme")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    release()
    assert process.returncode == 128 + signal.SIGINT
    assert [each["result"]["reason"] for each in sources.runs("acme")] == ["interrupted by SIGINT"]
    code, told, _ = sources.run("fleet", "run", "--once", "--json")
    assert code == 0
    assert not any(each["results"] for each in told), "a person wanted it to end"
