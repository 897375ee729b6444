"""The arithmetic of the bench: what it says of figures that are known."""

from __future__ import annotations

import pytest

from tests.bench.report import Goal, Results, Sample, Series, ratio, table

BARE = Series("bare")
OURS = Series("ours", "bare", Goal(ratio_at_most=1.25, peak_mb_at_most=110))


def measured(bare: list[float], ours: list[float], peak_mb: float = 70) -> Results:
    results = Results()
    for value in bare:
        results.add(BARE, Sample(value))
    for value in ours:
        results.add(OURS, Sample(value, peak_mb, rows=100))
    return results


def test_the_ratio_is_that_of_pairs_not_of_medians():
    """The machine was slow during the second pair: both sides met it."""
    row = measured([1.0, 9.0, 2.0], [1.1, 9.9, 4.0]).rows()[1]
    assert (row.value, row.ratio) == (4.0, pytest.approx(1.1))


def test_one_reference_serves_all_samples():
    assert ratio([Sample(2.0), Sample(4.0)], [Sample(2.0)]) == 1.5


def test_a_pair_without_its_other_half_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        ratio([Sample(2.0), Sample(4.0), Sample(3.0)], [Sample(2.0), Sample(1.0)])


@pytest.mark.parametrize(
    ("ours", "peak_mb", "met"), [(1.25, 110, True), (1.26, 110, False), (1.25, 111, False)], ids=["both", "slow", "big"]
)
def test_a_goal_is_reached_only_by_all_its_figures(ours: float, peak_mb: float, met: bool):
    assert measured([1.0], [ours], peak_mb).rows()[1].met is met


def test_a_goal_whose_figure_is_unknown_is_missed():
    assert not Goal(ratio_at_least=4).met(1.0, None, None)
    assert Goal(ratio_at_least=4).met(1.0, 4.0, None)


def test_the_table_tells_figures_goal_and_verdict():
    lines = table(measured([1.0], [2.0]).rows()).splitlines()
    assert len({len(line) for line in lines}) == 1
    cells = [cell.strip() for cell in lines[3].strip("|").split("|")]
    assert cells == ["ours", "2 s", "50", "2.00 ×", "bare", "≤ 1.25 ×, ≤ 110 MB", "missed", "", "70"]


def test_the_highest_peak_counts_not_the_usual_one():
    results = measured([1.0], [])
    for peak_mb in (70, 190, 71):
        results.add(OURS, Sample(1.0, peak_mb))
    row = results.rows()[1]
    assert row.peak_mb == 190
    assert row.as_dict()["met"] is False
