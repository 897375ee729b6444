from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice, SyncResult


def test_synced_counts_what_is_in_step():
    counts = Counts(created=1, updated=2, unchanged=3, reactivated=4, deactivated=5, quarantined=6)
    assert counts.synced == 10
    assert counts.rows == 21


def test_counts_add_up_figure_by_figure():
    total = Counts(created=1, quarantined=2) + Counts(created=2, deactivated=3)
    assert total == Counts(created=3, deactivated=3, quarantined=2)


def test_result_sums_its_entities_and_prints_every_promised_key():
    result = SyncResult(
        "run",
        "sync_data_lake",
        Outcome.PARTIAL,
        {
            "accounts": EntityResult("accounts", EntityState.SUCCESS, Counts(created=2, unchanged=1)),
            "invoices": EntityResult("invoices", EntityState.PARTIAL, Counts(updated=1, deactivated=1)),
        },
        errors=(Notice("odoo", "It broke.", "Mend it.", "invoices"),),
    )
    assert (result.synced, result.created, result.updated, result.deactivated) == (4, 2, 1, 1)
    data = result.as_dict()
    promised = "run_id action outcome synced created updated unchanged reactivated deactivated quarantined"
    assert set(promised.split()) <= data.keys()
    assert {"duration_seconds", "entities", "errors"} <= data.keys()
    assert data["errors"] == [{"kind": "odoo", "entity": "invoices", "message": "It broke.", "hint": "Mend it."}]
    assert str(result.errors[0]) == "invoices: It broke. Mend it."
