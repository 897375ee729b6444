"""What the lake says of the last run."""

from __future__ import annotations

from tests.support.world import World


def assert_recorded(here: World, outcome: str, *words: str) -> None:
    """Status and audit log tell the same, and no secret with it."""
    integration, event = here.integration(), here.last_event()
    assert integration["sync_status"] == outcome
    assert event["outcome"] == outcome
    lease = here.backend.overview_queries.get_overview().lease
    assert lease is not None
    assert not lease.live
    for word in words:
        assert word in integration["error_message"]
    assert here.odoo.api_key not in f"{integration}{event}"
