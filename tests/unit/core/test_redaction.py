"""The register of secrets."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.core.text.redaction import (
    COMMON_WORDS,
    MASK,
    forget_new_secrets,
    is_masked,
    redact,
    register_secrets,
    shorten,
)
from odoo_sync_tui.core.text.sanitize import sanitize

ODD_SECRET = 'canary "of"/the\\PASSWORD ñ'


def test_what_is_known_goes_and_the_rest_stays():
    register_secrets(["herring-roe", "herring", ""])
    assert redact("a herring-roe and a herring, please") == "a *** and a ***, please"
    assert redact("no fish") == "no fish"


def test_secrets_of_a_block_are_forgotten_after_it_and_older_ones_stay():
    register_secrets(["old-sole"])
    with forget_new_secrets():
        register_secrets(["new-sole"])
        assert redact("old-sole new-sole") == "*** ***"
    assert redact("old-sole new-sole") == "*** new-sole"


@pytest.mark.parametrize(
    "form",
    [
        ODD_SECRET.lower(),
        quote(ODD_SECRET),
        quote(ODD_SECRET, ""),
        quote_plus(ODD_SECRET),
        re.sub("%..", lambda code: code[0].lower(), quote(ODD_SECRET)),
        json.dumps(ODD_SECRET)[1:-1],
        json.dumps(ODD_SECRET, ensure_ascii=False)[1:-1],
        repr(ODD_SECRET)[1:-1],
    ],
)
def test_a_secret_is_found_in_every_form_in_which_it_travels(form: str):
    register_secrets([ODD_SECRET])
    assert redact(f"<{form}>") == f"<{MASK}>"


@pytest.mark.parametrize("user", ["a", "ab", "abc", "münchen"])
def test_a_secret_is_found_in_the_header_of_a_basic_login(user: str):
    register_secrets(["deadcafe" * 5])
    header = b64encode(f"{user}:{'deadcafe' * 5}".encode()).decode()
    assert redact(f"Basic {header}").count(MASK) == 1
    assert len(redact(header)) < len(header) - 45, "no more than the ends are left"


def test_a_secret_that_is_cut_by_a_bound_leaves_no_half_behind():
    secret = "0123456789abcdef" * 2
    register_secrets([secret])
    for length in range(450, 700):
        text = "x" * length + secret + "y" * 5000
        for shown in (shorten(text, 500), sanitize(text, 500), shorten("z" * (length - 450) + secret * 200, 120)):
            assert not any(digit in shown for digit in "0123456789abcdef")


@settings(max_examples=100, deadline=None)
@given(text=st.text("abcxyz ", max_size=120), limit=st.integers(1, 30))
def test_a_shortened_text_is_the_beginning_of_the_redacted_one(text: str, limit: int):
    with forget_new_secrets():
        register_secrets(["abca", "xyzxy"])
        shown = shorten(text, limit)
        assert len(shown) <= limit
        assert redact(text).startswith(shown.removesuffix("…"))
        assert (shown == redact(text)) == (not shown.endswith("…"))


def test_a_short_secret_and_a_common_word_are_left_in_place():
    register_secrets(["abc", "odoo", "Root", "success", "abcd"])
    assert redact("abc of odoo as Root: success, abcd") == "abc of odoo as Root: success, ***"
    assert not is_masked("abc")
    assert is_masked("abcd")


@pytest.mark.parametrize("word", [*Outcome, *HealthLevel, *EntityState])
def test_words_that_programs_read_are_common_words(word: str):
    assert " " in word or word in COMMON_WORDS


def test_no_secret_is_in_the_texts_and_names_of_json_and_no_escape_is_torn():
    register_secrets(["n123"])
    value = to_jsonable({"an123": ["\n123", "n123", ("xn123",)], "outcome": Outcome.SUCCESS})
    assert json.loads(json.dumps(value)) == {"a***": ["\n123", "***", ["x***"]], "outcome": "success"}
