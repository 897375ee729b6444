import pytest

from odoo_sync_tui.odoo.calls.missing import MissingRows
from odoo_sync_tui.pipeline.entity.context import RetirementLimit
from odoo_sync_tui.pipeline.entity.retirement import Census, MissingDocuments, describe, reason_withheld

GUARD = RetirementLimit(minimum=20, percent=10)


def gone(count: int) -> MissingDocuments:
    result = MissingDocuments()
    result.add(range(count))
    return result


@pytest.mark.parametrize(("active", "allowed"), [(0, 20), (100, 20), (200, 20), (1000, 100)])
def test_the_guard_allows_twenty_or_a_tenth(active, allowed):
    assert GUARD.max_documents(active) == allowed


def test_a_few_may_go():
    assert reason_withheld(gone(20), Census(80, 80, has_same_access=True), 100, GUARD, None) is None


def test_more_than_the_guard_allows_waits_for_the_operator():
    census = Census(79, 79, has_same_access=True)
    assert "more than the 20 of 100" in reason_withheld(gone(21), census, 100, GUARD, None)
    assert reason_withheld(gone(21), census, 100, GUARD, 21) is None
    assert reason_withheld(gone(22), census, 100, GUARD, 21) is not None


def test_an_empty_answer_never_retires():
    assert "no rows" in reason_withheld(gone(3), Census(0, 0, has_same_access=True), 3, GUARD, None)


def test_a_census_that_is_smaller_than_odoos_own_count_never_retires_even_when_confirmed():
    assert "Odoo counts 100" in reason_withheld(gone(5), Census(95, 100, has_same_access=True), 100, GUARD, 5)


def test_another_user_or_company_proves_nothing():
    assert "not those of the last run" in reason_withheld(gone(1), Census(9, 9, has_same_access=False), 10, GUARD, None)


def test_what_became_of_rows_is_told_in_words():
    assert describe(MissingRows((4, 7), (), (9,))) == "2 deleted (4, 7), 1 hidden from the Odoo user (9)"
    assert describe(MissingRows(elsewhere=(5,))) == "1 still in Odoo (5)"
