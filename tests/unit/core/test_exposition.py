"""Gauges in the text format of Prometheus, as the parsers of its own client read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from odoo_sync_tui.core.reports.health import Expiries, Expiring
from odoo_sync_tui.core.text.exposition import Gauge, Sample, format_exposition
from odoo_sync_tui.pipeline.queries.metrics import GAUGES, format_metrics, merge_metrics
from tests.support.fake_backend.values import NOW, overview
from tests.support.hostile_text import make_hostile_text

ROWS = Gauge("odoo_sync_rows", 'Rows of "Odoo" with a \\ and a\nline end.', ("sync", "entity"))
SUCCESS = Gauge("odoo_sync_success_timestamp_seconds", "When.")
READERS = pytest.mark.parametrize("read", [read_prometheus, read_openmetrics])


def text(*samples: Sample) -> str:
    return "".join(f"{line}\n" for line in format_exposition(samples))


@READERS
def test_each_gauge_stands_once_with_its_samples_whatever_their_order(read) -> None:
    moment = datetime(2026, 1, 31, 8, 0, 0, 250_000, tzinfo=UTC)
    out = text(ROWS.at(3, "users", "users"), SUCCESS.at(moment), ROWS.at(2.5, "lake", "a"), ROWS.at(None, "lake", "b"))
    rows, success = read(out)
    assert (rows.type, success.type) == ("gauge", "gauge")
    assert [(each.labels, each.value) for each in rows.samples] == [
        ({"sync": "users", "entity": "users"}, 3.0),
        ({"sync": "lake", "entity": "a"}, 2.5),
    ]
    assert success.samples[0].value == moment.timestamp()


@READERS
@pytest.mark.parametrize("value", ['a"b', "back\\slash", "two\nlines", "\\n", '\\"', 'x"} 1\nfake{y="', "{},=", ""])
def test_what_stands_in_a_label_is_read_as_it_was_and_begins_no_other_sample(read, value: str) -> None:
    (family,) = read(text(ROWS.at(1, value, "users")))
    assert [each.labels["sync"] for each in family.samples] == [value]


def test_hostile_text_in_a_label_is_one_line() -> None:
    assert len(text(ROWS.at(1, make_hostile_text(), "x\u2028y")).split("\n")) == 5


def test_the_names_of_the_metrics_are_those_that_prometheus_asks_for() -> None:
    """A prefix, base units, and no end that is kept for counters and others."""
    names = [each.name for each in GAUGES]
    assert len(set(names)) == len(names)
    assert [name for name in names if not name.startswith("odoo_sync_")] == []
    kept = ("_total", "_info", "_created", "_bucket", "_count", "_sum", "_minutes", "_milliseconds")
    assert [name for name in names if name.endswith(kept)] == []
    assert {label for each in GAUGES for label in each.labels} == {"sync", "entity", "state", "what", "source"}


def test_what_ends_some_day_is_there_where_its_end_is_known() -> None:
    ends = {Expiring.API_KEY: NOW, Expiring.ODOO_CERTIFICATE: None}
    lines = format_metrics(replace(overview(), expiries=Expiries(NOW, ends)))
    samples = {family.name: family.samples for family in read_prometheus("\n".join(lines))}
    found = [(each.labels, each.value) for each in samples["odoo_sync_expiry_timestamp_seconds"]]
    assert found == [({"what": "api_key"}, NOW.timestamp())]


@READERS
def test_the_figures_of_many_sources_are_one_text_in_which_each_gauge_stands_once(read) -> None:
    names = ["be", 'odd "name"\\', "uk"]
    texts = {name: list(format_metrics(overview(), name)) for name in names}
    families = list(read("\n".join([*merge_metrics({**texts, "broken": []}), ""])))
    assert len({each.name for each in families}) == len(families)
    samples = [(each.name, tuple(each.labels.items()), each.value) for family in families for each in family.samples]
    for name in names:
        alone = [each for family in read("\n".join([*texts[name], ""])) for each in family.samples]
        assert {each.labels["source"] for each in alone} == {name}
        assert {(each.name, tuple(each.labels.items()), each.value) for each in alone} <= set(samples)
    assert len(samples) == sum(len([line for line in text if line[0] != "#"]) for text in texts.values()) + 4
    up = {
        each.labels["source"]: each.value for family in families for each in family.samples if each.name.endswith("_up")
    }
    assert up == dict.fromkeys(names, 1.0) | {"broken": 0.0}
