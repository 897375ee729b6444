"""Odoo domains from operators: those that are one come as Odoo reads them, others are refused with their place."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

import pytest

from odoo_sync_tui.odoo.domains import OPERATORS, parse_domain, parse_domain_argument

LEAF = ["state", "=", "sale"]
TERM = ("state", "=", "sale")


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ([], ()),
        ([LEAF], (TERM,)),
        ((TERM,), (TERM,)),
        ([LEAF, LEAF], (TERM, TERM)),
        (["&", LEAF, LEAF], ("&", TERM, TERM)),
        (["|", LEAF, "&", LEAF, "!", LEAF], ("|", TERM, "&", TERM, "!", TERM)),
        (["!", "|", LEAF, LEAF, LEAF], ("!", "|", TERM, TERM, TERM)),
        ([LEAF, "|", LEAF, LEAF, "!", LEAF], (TERM, "|", TERM, TERM, "!", TERM)),
        ([["partner_id.country_id.code", "in", ["BE", "NL"]]], (("partner_id.country_id.code", "in", ("BE", "NL")),)),
        ([["x_studio_1", "=", None]], (("x_studio_1", "=", False),)),
        ([["active", "in", [True, False]]], (("active", "in", (True, False)),)),
        ([["amount", ">", 1.5], ["id", "<", 3]], (("amount", ">", 1.5), ("id", "<", 3))),
        ([["day", ">=", date(2024, 2, 1)]], (("day", ">=", "2024-02-01"),)),
        ([["at", "<", datetime.fromisoformat("2024-02-01 08:30")]], (("at", "<", "2024-02-01 08:30:00"),)),
        (
            [["at", "<", datetime(2024, 2, 1, 8, 30, tzinfo=timezone(timedelta(hours=2)))]],
            (("at", "<", "2024-02-01 06:30:00"),),
        ),
        ([["line_ids", "any", ["|", LEAF, LEAF]]], (("line_ids", "any", ("|", TERM, TERM)),)),
    ],
)
def test_a_domain_is_converted_to_tuples(given: object, domain: object):
    assert parse_domain(given) == domain


@pytest.mark.parametrize("operator", [each for each in OPERATORS if "any" not in each])
def test_every_operator_of_odoo_is_accepted(operator: str):
    assert parse_domain([["name", operator, "x"]]) == (("name", operator, "x"),)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("state", "a list of conditions like"),
        ({"state": "sale"}, "a list of conditions like"),
        (["state", "=", "sale"], "its part 1 is neither a condition like"),
        ([LEAF, 5], "its part 2 is neither"),
        ([LEAF, "and", LEAF], "its part 2 is neither"),
        ([LEAF, ["state", "="]], "its part 2 has not three parts"),
        ([["a", "=", 1, 2]], "its part 1 has not three parts"),
        ([[1, "=", 1]], "its part 1 begins with no name of a field"),
        ([["a b", "=", 1]], "its part 1 begins with no name of a field"),
        ([["a..b", "=", 1]], "its part 1 begins with no name of a field"),
        ([["a", "~", 1]], "its part 1 has the operator ~, which Odoo does not have; one of =, !=,"),
        ([["a", "any!", [LEAF]]], "its part 1 has the operator any!"),
        ([["a", 5, 1]], "its part 1 has the operator 5"),
        ([["a", ["="], 1]], "its part 1 has the operator"),
        ([["a", "any", LEAF]], "its part 1 is neither"),
        ([["a", "any", 5]], "a list of conditions like"),
        ([["a", "=", {"b": 1}]], "its part 1 has a value other than"),
        ([["a", "in", [1, object()]]], "its part 1 has a value other than"),
        ([["a", "=", float("nan")]], "its part 1 has a value other than"),
        ([["a", "=", "a\0b"]], "its part 1 has a value other than"),
        ([["a", "=", "a\ud800b"]], "its part 1 has a value other than"),
        (["&", LEAF], "here they ask for one more condition than follows"),
        (["!"], "here they ask for one more condition than follows"),
        (["|"], "here they ask for 2 more conditions than follow"),
        ([LEAF, "|", "&", LEAF], "here they ask for 2 more conditions than follow"),
    ],
)
def test_what_is_no_domain_is_refused(given: object, words: str):
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_domain(given)


def test_an_operator_is_told_without_its_escape_codes():
    with pytest.raises(ValueError, match="which Odoo does not have") as caught:
        parse_domain([["a", "\x1b]52;c;eA==\x07", 1]])
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        '[["state", "=", "sale"]]',
        "[('state', '=', 'sale')]",
        " [['state', '=', 'sale'],] ",
        '(("state", "=", "sale"),)',
    ],
)
def test_a_text_is_json_or_a_python_literal(text: str):
    assert parse_domain_argument(text) == (TERM,)


@pytest.mark.parametrize(
    ("text", "value"),
    [('[["a", "=", null]]', False), ("[('a', '=', None)]", False), ("[('a', 'in', [True, 1])]", (True, 1))],
)
def test_empty_and_true_are_written_in_either_language(text: str, value: object):
    assert parse_domain_argument(text) == (("a", "in" if isinstance(value, tuple) else "=", value),)


@pytest.mark.parametrize(
    "text",
    [
        "", "state", "[('a', '=', true)]", "[('a', '=', 1)", "__import__('os').getcwd()", "[('a', '=', uid)]",
        "[('a', '=', 'x' * 9)]",
        "[" * 5_000, "(" * 5_000, "[('a', '=', \"\0\")]", "{'a'}", "1" * 5_000, "[x for x in y]",
        "[('a', '=', {})]".replace("{}", "[" * 150 + "]" * 150), '[["a", "=", %s]]' % ("[" * 3_000 + "]" * 3_000),
        "[('a', '=', 'b')]" + " " * 100_000, "\ud800", "[('a', '=', b'x')]", '[["a", "=", 1e999]]',
    ],
)  # fmt: skip
def test_a_text_that_is_no_domain_is_refused_and_nothing_in_it_evaluated(text: str):
    with pytest.raises(ValueError, match=r"accepted|too many lists|its part 1") as caught:
        parse_domain_argument(text)
    assert len(str(caught.value)) < 500
