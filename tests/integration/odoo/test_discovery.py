"""What discovery finds in the demo Odoo: models with the user's rights, and the fields of one as they can be read."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.errors import OdooAccessError, OdooMissingModelError, OdooSetupError
from odoo_sync_tui.core.reports.discovery import FieldReading, FieldReport, ModelDetails
from odoo_sync_tui.demo import DemoOdoo, faults
from odoo_sync_tui.odoo.config import Protocol
from odoo_sync_tui.odoo.discovery import KNOWN_MODELS, OdooDiscovery
from tests.integration.odoo.conftest import SPOKEN, config_of


def discovery(demo: DemoOdoo, protocol: Protocol = Protocol.AUTO) -> OdooDiscovery:
    return OdooDiscovery(config_of(demo, protocol))


def names_of(odoo: OdooDiscovery, *wanted: str) -> list[str]:
    return [each.model for each in odoo.list_models(wanted).models]


def count_calls(demo: DemoOdoo, method: str) -> int:
    return sum(call.method == method for call in demo.calls)


def by_name(details: ModelDetails) -> dict[str, FieldReport]:
    return {each.name: each for each in details.fields}


@pytest.mark.parametrize(("dialect", "protocol"), SPOKEN)
class TestEveryServer:
    def test_lists_what_the_user_may_read(self, dialect: int, protocol: Protocol) -> None:
        with DemoOdoo(records=30, dialect=dialect) as demo, discovery(demo, protocol) as odoo:
            listed = odoo.list_models()
            labels = {each.model: each.label for each in listed.models}
            assert labels["crm.lead"] == "Lead"
            assert {"res.partner", "hr.employee", "ir.model"} <= labels.keys()
            assert {"base", "mail.thread", "base.module.update"}.isdisjoint(labels)
            assert not listed.is_partial
            assert len(labels) == len(listed.models)

    def test_counts_rows_with_archived_ones_and_finds_their_newest_change(
        self, dialect: int, protocol: Protocol
    ) -> None:
        with DemoOdoo(records=30, dialect=dialect) as demo, discovery(demo, protocol) as odoo:
            found = dict(odoo.summarize_models(["crm.lead", "hr.employee", "no.such"]))
            assert found["no.such"] is None
            for model in ("crm.lead", "hr.employee"):
                summary = found[model]
                assert summary is not None
                assert summary.count == len(demo.search(model, []))
                assert summary.newest is not None

    def test_describes_the_fields_of_a_model(self, dialect: int, protocol: Protocol) -> None:
        with DemoOdoo(records=200, dialect=dialect) as demo, discovery(demo, protocol) as odoo:
            details = odoo.describe_model("crm.lead")
            assert (details.model.rows, details.model.newest is not None) == (200, True)
            fields = by_name(details)
            assert list(fields) == sorted(fields)
            reading = FieldReading.ROWS if protocol is Protocol.XMLRPC else FieldReading.COLUMNS
            assert fields["name"] == FieldReport(
                "name", fields["name"].label, "char", is_readable=True, filled=100, sample=100, reading=reading
            )
            assert fields["stage_id"].relation == "crm.stage"
            assert (fields["tag_ids"].type, fields["tag_ids"].reading) == ("many2many", FieldReading.ROWS)
            assert not fields["display_name"].is_stored
            assert fields["display_name"].reading is FieldReading.ROWS
            sampled = [*range(1, 51), *range(151, 201)]  # the oldest and the newest
            emails = [demo.get_value("crm.lead", each, "email_from") for each in sampled]
            assert fields["email_from"].filled == len([each for each in emails if each])


class TestModels:
    def test_documents_that_people_discuss_come_first(self, demo: DemoOdoo) -> None:
        with discovery(demo) as odoo:
            found = names_of(odoo)
        assert found.index("res.partner") < found.index("crm.stage")
        assert found.index("account.move") < found.index("res.currency")

    @pytest.mark.parametrize("dialect", [17, 19])
    def test_a_user_without_a_right_on_ir_model_is_told_by_odoo_all_the_same(self, dialect: int) -> None:
        rights = (faults.NoRight(model="ir.model"), faults.NoRight(model="crm.lead"))
        with DemoOdoo(records=30, dialect=dialect) as demo, demo.faults.on(*rights), discovery(demo) as odoo:
            listed = odoo.list_models()
        assert not listed.is_partial
        found = {each.model for each in listed.models}
        assert {"crm.lead", "ir.model"}.isdisjoint(found)
        assert {"crm.stage", "res.partner"} <= found

    def test_models_of_dialogs_are_left_out_of_an_older_list_where_ir_model_tells_which_they_are(self) -> None:
        with DemoOdoo(records=30, dialect=17) as demo, discovery(demo) as odoo:
            assert "base.module.update" not in names_of(odoo)
            with demo.faults.on(faults.NoRight(model="ir.model")):
                assert "base.module.update" in names_of(odoo)

    def test_where_odoo_lists_no_models_well_known_ones_are_tried(self) -> None:
        rights = (faults.NoRight(model="ir.model"), faults.NoRight(model="account.move"))
        with DemoOdoo(records=30, dialect=14) as demo, demo.faults.on(*rights), discovery(demo) as odoo:
            listed = odoo.list_models()
        assert listed.is_partial
        found = [each.model for each in listed.models]
        assert found == sorted(found)
        assert set(found) < set(KNOWN_MODELS)
        assert {"crm.lead", "res.partner"} <= set(found)
        assert {"account.move", "sale.order"}.isdisjoint(found)
        assert {each.label for each in listed.models} == {None}

    def test_several_models_are_tried_at_once_but_no_more_than_the_server_is_allowed(self) -> None:
        first = faults.Hang(model=KNOWN_MODELS[0])

        class Release(faults.Fault):
            def before(self, call):
                first.released.set()

        last_at_once = Release(model=KNOWN_MODELS[3])
        with DemoOdoo(records=30, dialect=14) as demo:
            rights = faults.NoRight(model="ir.model")
            with demo.faults.on(rights, first, last_at_once), discovery(demo) as odoo:
                assert "crm.lead" in names_of(odoo)
            assert demo.peak_calls <= 4

    def test_a_wanted_model_is_tried_where_it_is_not_listed(self, demo: DemoOdoo) -> None:
        class Unlisted(faults.Fault):
            def after(self, call, result):
                return [each for each in result if each["model"] != "hr.employee"]

        with demo.faults.on(Unlisted(method="get_available_models")), discovery(demo) as odoo:
            assert "hr.employee" not in names_of(odoo)
            assert names_of(odoo, "hr.employee", "x_none")[-1] == "hr.employee"

    def test_an_answer_that_is_no_list_of_models_is_not_believed(self, demo: DemoOdoo) -> None:
        class Odd(faults.Fault):
            def after(self, call, result):
                return [7, {"model": "../../web"}, {"model": 7}, {"model": "res.partner", "display_name": [1]}]

        with demo.faults.on(Odd(method="get_available_models")), discovery(demo) as odoo:
            (model,) = odoo.list_models().models
        assert (model.model, model.label) == ("res.partner", None)

    def test_a_key_that_is_revoked_is_no_model_without_rights(self, demo: DemoOdoo) -> None:
        with discovery(demo) as odoo:
            demo.revoke_key()
            with pytest.raises(OdooSetupError):
                odoo.list_models()

    def test_the_newest_change_of_a_model_that_records_none_is_unknown(self, demo: DemoOdoo) -> None:
        text = "Invalid field 'write_date' on 'crm.tag'"
        view = (
            faults.RaisedError(model="crm.tag", method=method, kind="ValueError", text=text)
            for method in ("formatted_read_group", "search_read")
        )
        with demo.faults.on(*view), discovery(demo) as odoo:
            (found,) = dict(odoo.summarize_models(["crm.tag"])).values()
        assert found is not None
        assert (found.count, found.newest) == (demo.count("crm.tag"), None)

    def test_rows_that_odoo_fails_to_count_are_unknown(self, demo: DemoOdoo) -> None:
        broken = faults.RaisedError(model="crm.tag", kind="UserError", text="This view is broken")
        with demo.faults.on(broken), discovery(demo) as odoo:
            found = dict(odoo.summarize_models(["crm.tag", "crm.stage"]))
        assert found["crm.tag"] is None
        assert found["crm.stage"] is not None


class TestFields:
    def test_a_field_that_may_not_be_read_is_told_and_the_others_are_read(self, demo: DemoOdoo) -> None:
        with demo.faults.on(faults.ForbiddenField(model="crm.lead", name="probability")), discovery(demo) as odoo:
            fields = by_name(odoo.describe_model("crm.lead"))
        refused = fields["probability"]
        assert (refused.is_readable, refused.filled, refused.reading) == (False, None, None)
        assert [each.name for each in fields.values() if each.is_readable is not True] == ["probability"]

    def test_a_field_that_odoo_fails_to_read_is_unknown(self, demo: DemoOdoo) -> None:
        poison = faults.PoisonRow(model="crm.lead", record_id=200, field_name="phone")
        with demo.faults.on(poison), discovery(demo) as odoo:
            fields = by_name(odoo.describe_model("crm.lead"))
        assert [each.name for each in fields.values() if each.is_readable is not True] == ["phone"]
        assert (fields["phone"].is_readable, fields["phone"].reading) == (None, None)

    def test_a_field_that_hides_all_rows_counts_as_refused(self, demo: DemoOdoo) -> None:
        class Hiding(faults.Fault):
            def after(self, call, result):
                return [] if "priority" in call.kwargs.get("fields", ()) else result

        with demo.faults.on(Hiding(model="crm.lead", method="search_read")), discovery(demo) as odoo:
            fields = by_name(odoo.describe_model("crm.lead"))
        assert [each.name for each in fields.values() if each.is_readable is False] == ["priority"]
        assert fields["name"].filled == 100

    def test_a_model_whose_columns_odoo_refuses_is_read_by_rows(self, demo: DemoOdoo) -> None:
        refusing = faults.RaisedError(model="crm.lead", method="formatted_read_group", kind="AccessError", text="No.")
        with demo.faults.on(refusing), discovery(demo) as odoo:
            fields = by_name(odoo.describe_model("crm.lead"))
        assert {each.reading for each in fields.values()} == {FieldReading.ROWS}
        assert count_calls(demo, "formatted_read_group") == 2  # of the number of rows, and of no column at all

    def test_fields_that_have_no_columns_cost_no_call(self, demo: DemoOdoo) -> None:
        with discovery(demo) as odoo:
            fields = by_name(odoo.describe_model("crm.lead"))
        assert {each.is_stored for each in fields.values()} == {True, False}
        assert count_calls(demo, "formatted_read_group") == 3

    def test_a_binary_field_is_told_and_not_asked_for(self, demo: DemoOdoo) -> None:
        class WithImage(faults.Fault):
            def after(self, call, result):
                return result | {"image": {"type": "binary", "string": "Image", "store": True, "manual": True}}

        with demo.faults.on(WithImage(model="crm.lead", method="fields_get")), discovery(demo) as odoo:
            fields = by_name(odoo.describe_model("crm.lead"))
        assert fields["image"] == FieldReport("image", "Image", "binary", is_custom=True, sample=100)
        assert {call.error for call in demo.calls} == {""}

    def test_an_empty_model_is_described_too(self, demo: DemoOdoo) -> None:
        for each in demo.search("crm.tag", []):
            demo.delete("crm.tag", each)
        with discovery(demo) as odoo:
            details = odoo.describe_model("crm.tag")
        assert (details.model.rows, details.model.newest) == (0, None)
        name = by_name(details)["name"]
        assert (name.is_readable, name.filled, name.sample, name.reading) == (True, 0, 0, FieldReading.COLUMNS)

    def test_models_that_cannot_be_read_at_all_are_errors(self, demo: DemoOdoo) -> None:
        with demo.faults.on(faults.NoRight(model="crm.lead")), discovery(demo) as odoo:
            for model in ("crm.lead", "mail.thread"):
                with pytest.raises(OdooAccessError, match=model):
                    odoo.describe_model(model)
            with pytest.raises(OdooMissingModelError):
                odoo.describe_model("no.such")

    def test_no_call_can_write(self, demo: DemoOdoo) -> None:
        with discovery(demo) as odoo:
            odoo.describe_model("res.partner")
            list(odoo.summarize_models(names_of(odoo)))
        methods = {call.method for call in demo.calls}
        assert methods <= {
            *("context_get", "fields_get", "formatted_read_group", "get_available_models", "search", "search_count"),
            *("search_read", "version", ""),
        }
