"""What ``discover`` prints and returns, whatever discovery finds."""

from __future__ import annotations

import json
import sys
import tomllib
import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_sync_tui.cli.output.stdout import fit_to_terminal
from odoo_sync_tui.core.errors import ConfigurationError, OdooAccessError, SyncError
from odoo_sync_tui.core.reports.discovery import FieldReading, FieldReport, ModelDetails, ModelList, ModelReport
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.settings.load import load_settings
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import HOSTILE

NEWEST = datetime.now(UTC) - timedelta(hours=3, minutes=5)
ORDERS = ModelReport("sale.order", "Sales Order", rows=1204, newest=NEWEST)
PARTNERS = ModelReport("res.partner", None, ("accounts", "people"))
FIELDS = (
    FieldReport("amount", "Total", "monetary", None, True, False, True, 20, 20, FieldReading.COLUMNS),
    FieldReport("image", "Image", "binary", None, True, False, None, None, 20),
    FieldReport("order_line", "Lines", "one2many", "sale.order.line", True, False, True, 5, 20, FieldReading.ROWS),
    FieldReport("secret_ids", "Secrets", "many2many", "res.users", True, False, False, None, 20),
    FieldReport("x_days", "Days", "integer", None, False, True, True, 0, 20, FieldReading.ROWS),
    FieldReport("x_note", "Note", "char", None, True, True, False, None, 20),
)
DETAILS = ModelDetails(ORDERS, FIELDS)
Finding = Callable[..., list[object]]


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch, run: object) -> Finding:
    """Makes ``discover`` find this; returns what it was asked for."""

    def finding(found: ModelList | ModelDetails | SyncError, *warnings: Notice) -> list[object]:
        asked: list[object] = []

        def answer(question: object, found: object = found) -> object:
            asked.append(question)
            if isinstance(found, SyncError):
                raise found
            return found

        class Discovery:
            def __init__(self, settings: object) -> None:
                self.warnings = warnings

            def __enter__(self) -> Discovery:
                return self

            def __exit__(self, *_: object) -> None:
                pass

            def list_models(self, on_counted: Callable[[ModelReport, int, int], None] | None) -> object:
                if on_counted:
                    on_counted(ORDERS, 1, 2)
                return answer("counted" if on_counted else "listed")

            def describe_model(self, model: str) -> object:
                return answer(model)

        module = types.ModuleType("odoo_sync_tui.pipeline.queries.discovery")
        module.Discovery = Discovery  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return asked

    return finding


class TestModels:
    def test_each_model_stands_with_its_label_and_its_entities(self, run: Run, finding: Finding):
        asked = finding(ModelList((PARTNERS, ORDERS)))
        ended = run("discover")
        assert (ended.code, ended.err) == (0, "")
        assert [line.split() for line in ended.out.splitlines()] == [
            ["model", "[entity]", "label"],
            ["res.partner", "[accounts,", "people]"],
            ["sale.order", "Sales", "Order"],
        ]
        assert asked == ["listed"]

    def test_rows_are_counted_when_asked_for(self, run: Run, finding: Finding):
        asked = finding(ModelList((ORDERS, PARTNERS)))
        head, orders, partners = run("discover", "--rows").out.splitlines()
        assert head.split() == ["model", "rows", "newest", "[entity]", "label"]
        assert orders.split() == ["sale.order", "1", "204", "3", "h", "ago", "Sales", "Order"]
        assert partners.split()[:3] == ["res.partner", "-", "-"]
        assert asked == ["counted"]

    def test_json_has_an_object_a_line_with_stable_keys(self, run: Run, finding: Finding):
        finding(ModelList((ORDERS, PARTNERS)))
        orders, partners = map(json.loads, run("discover", "--rows", "--json").out.splitlines())
        assert datetime.fromisoformat(orders.pop("newest")) == NEWEST
        assert orders == {"model": "sale.order", "label": "Sales Order", "rows": 1204, "entity": []}
        assert partners == {
            "model": "res.partner",
            "label": None,
            "rows": None,
            "newest": None,
            "entity": ["accounts", "people"],
        }

    @pytest.mark.parametrize("option", [[], ["--json"]])
    def test_a_list_of_well_known_names_says_so_and_why(self, run: Run, finding: Finding, option: list[str]):
        finding(ModelList((ORDERS,), is_partial=True))
        ended = run("discover", *option)
        assert "does not tell this user which models it has" in ended.err
        assert "well-known names" in ended.err
        assert "well-known" not in ended.out

    def test_warnings_about_the_connection_are_told(self, run: Run, finding: Finding):
        finding(ModelList(()), Notice("odoo_insecure", "The key travels unencrypted.", "Use https."))
        assert "The key travels unencrypted. Use https." in run("discover").err


class TestFields:
    def test_each_field_stands_with_what_is_known_of_it(self, run: Run, finding: Finding):
        asked = finding(DETAILS)
        first, _, head, *lines = run("discover", "sale.order").out.splitlines()
        assert first == "sale.order (Sales Order): 1 204 rows, the newest change 3 h ago; no entity yet"
        assert head.split() == ["field", "type", "filled", "how", "read", "label"]
        assert [line.split() for line in lines] == [
            ["amount", "monetary", "20/20", "columns", "Total"],
            ["image", "binary", "-", "-", "Image"],
            ["order_line", "one2many", "5/20", "rows", "Lines", "(sale.order.line)"],
            ["secret_ids", "many2many", "-", "refused", "Secrets", "(res.users)"],
            ["x_days", "integer", "0/20", "computed", "[custom]", "Days"],
            ["x_note", "char", "-", "refused", "[custom]", "Note"],
        ]
        assert asked == ["sale.order"]

    def test_a_model_that_is_an_entity_says_which(self, run: Run, finding: Finding):
        finding(ModelDetails(PARTNERS, ()))
        assert run("discover", "res.partner").out.splitlines()[0] == "res.partner: - rows; entity accounts, people"

    def test_json_has_an_object_a_line_with_stable_keys(self, run: Run, finding: Finding):
        finding(DETAILS)
        amount, image, *_, days, note = map(json.loads, run("discover", "sale.order", "--json").out.splitlines())
        assert amount == {
            "field": "amount",
            "label": "Total",
            "type": "monetary",
            "relation": None,
            "stored": True,
            "custom": False,
            "readable": True,
            "filled": 20,
            "sample": 20,
            "read_by": "columns",
            "masks": {},
        }
        assert (image["readable"], image["filled"], image["read_by"]) == (None, None, None)
        assert (days["stored"], days["custom"], days["filled"]) == (False, True, 0)
        assert (note["readable"], note["read_by"]) == (False, None)


class TestDeclarations:
    def test_toml_is_a_table_that_the_settings_load(self, run: Run, finding: Finding, machine: Path):
        finding(DETAILS)
        ended = run("discover", "sale.order", "--toml")
        assert ended.code == 0
        assert tomllib.loads(ended.out) == {"entities": {"order": {"model": "sale.order", "fields": ["*"]}}}
        (machine / "settings.toml").write_text(ended.out)
        (declared,) = load_settings(machine / "settings.toml").declared_entities
        assert (declared.name, declared.model, declared.fields) == ("order", "sale.order", ("*",))

    def test_fields_with_lists_of_records_stand_there_commented_out(self, run: Run, finding: Finding):
        finding(DETAILS)
        out = run("discover", "sale.order", "--toml").out
        assert '    # "order_line",  # Lines (sale.order.line)\n' in out
        assert "secret_ids" not in out
        chosen = out.replace('# "order_line"', '"order_line"')
        assert tomllib.loads(chosen)["entities"]["order"]["fields"] == ["*", "order_line"]

    def test_the_name_is_one_that_no_entity_has(self, run: Run, finding: Finding, machine: Path):
        (machine / "settings.toml").write_text('[entities.order]\nmodel = "purchase.order"\n')
        finding(DETAILS)
        out = run("discover", "sale.order", "--toml", "--config", "settings.toml").out
        assert "[entities.sale_order]" in out

    def test_save_writes_a_file_that_the_settings_load_and_says_where(self, run: Run, finding: Finding, machine: Path):
        finding(DETAILS)
        ended = run("discover", "sale.order", "--save", "orders")
        path = machine / "config" / "odoo-sync-tui" / "entities.d" / "orders.toml"
        assert (ended.code, ended.out) == (0, f"{path}\n")
        assert "odoo-sync-tui sync data-lake --entity orders --dry-run" in ended.err
        (declared,) = load_settings().declared_entities
        assert (declared.name, declared.model, declared.fields) == ("orders", "sale.order", ("*",))
        assert '# "order_line",  # Lines' in path.read_text()

    def test_save_stands_beside_the_settings_file_that_is_named(self, run: Run, finding: Finding, machine: Path):
        (machine / "mine.toml").write_text("")
        finding(DETAILS)
        ended = run("discover", "sale.order", "--save", "orders", "--config", "mine.toml")
        assert ended.out == f"{machine / 'entities.d' / 'orders.toml'}\n"

    @pytest.mark.parametrize("name", ["orders", "users", "Orders", "../orders"])
    def test_a_name_that_is_taken_or_wrong_is_refused(self, run: Run, finding: Finding, machine: Path, name: str):
        directory = machine / "config" / "odoo-sync-tui" / "entities.d"
        directory.mkdir(parents=True, mode=0o700)
        (directory / "orders.toml").write_text('[entities.orders]\nmodel = "x"\n')
        finding(DETAILS)
        ended = run("discover", "sale.order", "--save", name)
        assert (ended.code, ended.out) == (2, "")
        assert [each.name for each in machine.rglob("*.toml")] == ["orders.toml"]

    def test_nothing_is_saved_where_nothing_may_be_written(self, run: Run, finding: Finding, machine: Path):
        asked = finding(DETAILS)
        ended = run("discover", "sale.order", "--save", "orders", "-o", "read_only=true")
        assert ended.code == 2
        assert "read_only" in ended.err
        assert asked == []
        assert not list(machine.rglob("*.toml"))

    @pytest.mark.parametrize("option", [["--toml"], ["--save", "orders"]])
    def test_a_declaration_needs_a_model(self, run: Run, finding: Finding, option: list[str]):
        finding(DETAILS)
        ended = run("discover", *option)
        assert (ended.code, ended.out) == (2, "")
        assert "one model" in ended.err

    @pytest.mark.parametrize("options", ["--toml --json", "--save x --json", "--toml --save x"])
    def test_one_form_of_output_at_a_time(self, run: Run, finding: Finding, options: str):
        finding(DETAILS)
        assert run("discover", "sale.order", *options.split()).code == 2


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (ConfigurationError("Odoo has no model sale.ordr.", "Did you mean sale.order?"), 2, "configuration"),
        (OdooAccessError("The Odoo user bot may not read sale.order."), 1, "odoo_access"),
    ],
)
def test_a_model_that_cannot_be_described_is_an_error_in_a_sentence(
    run: Run, finding: Finding, error: SyncError, code: int, kind: str
):
    finding(error)
    ended = run("discover", "sale.order")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err == f"odoo-sync-tui: {error}\n"
    assert json.loads(run("discover", "sale.order", "--json").out)["kind"] == kind


def test_no_text_of_odoo_acts_on_the_terminal_or_leaves_its_place(run: Run, finding: Finding, machine: Path):
    text = f'{HOSTILE}\n[entities.users]\nenabled = false # "'
    field = FieldReport(f"x_{text}", text, text, text, True, True, True, 1, 1, FieldReading.ROWS)
    lists = FieldReport("line_ids", text, "one2many", text, True, True, True, 1, 1, FieldReading.ROWS)
    odd = FieldReport(f'a", "{HOSTILE}', text, "one2many", text, True, True, True, 1, 1, FieldReading.ROWS)
    model = ModelReport("sale.order", text, (), 1, NEWEST)
    for found, line in [
        (ModelList((model,), is_partial=True), "--rows"),
        (ModelList((model,)), "--json"),
        (ModelDetails(model, (field, lists, odd)), "sale.order"),
        (ModelDetails(model, (field, lists, odd)), "sale.order --json"),
        (ModelDetails(model, (field, lists, odd)), "sale.order --toml"),
    ]:
        finding(found)
        ended = run("discover", *line.split())
        assert ended.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(ended.out + ended.err)
    assert tomllib.loads(ended.out) == {"entities": {"order": {"model": "sale.order", "fields": ["*"]}}}
    finding(ModelDetails(model, (field, lists, odd)))
    run("discover", "sale.order", "--save", "orders")
    assert [each.name for each in load_settings().declared_entities] == ["orders"]
    (path,) = machine.rglob("orders.toml")
    assert not {"\x1b", "\x07", "\u202e"} & set(path.read_text())


class TestWidth:
    def test_lines_that_are_wider_than_the_terminal_are_cut_and_marked(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(fileno=lambda: 1))
        monkeypatch.setattr("os.get_terminal_size", lambda _: types.SimpleNamespace(columns=10))
        assert fit_to_terminal(["0123456789", "0123456789a", ""]) == ["0123456789", "012345678>", ""]

    def test_lines_that_go_elsewhere_stay_whole(self, run: Run, finding: Finding):
        label = "A long name. " * 30
        finding(ModelList((ModelReport("sale.order", label),)))
        assert label.strip() in run("discover").out
