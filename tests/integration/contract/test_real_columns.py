"""Every field of every readable model of a real Odoo is the same by columns as by rows, whoever looks and how.

Where ODOO_TEST_URL, _DB, _LOGIN and _KEY name one. A second language is installed, and stays; what is edited to have
company-dependent values is undone. ODOO_TEST_OTHERS names users with fewer rights: "login:key login:key", or passwords.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.contract.aggregates import answered, differences, sql_fields
from tests.integration.contract.client import Client, JsonRpc, Refused, Target
from tests.integration.contract.conftest import ARCHIVED, REAL, bare_rows, search, version_of

pytestmark = pytest.mark.real_odoo

LANGUAGE = "fr_FR"
KNOWN = {
    "ir.actions.act_window.help",
    "account.bank.statement.line.status_in_payment",
    "account.move.status_in_payment",
}
"""Fields whose model overrides how rows are read, or columns. The program finds such fields by comparing."""


@pytest.fixture(scope="module")
def real() -> JsonRpc:
    if missing := [name for name in REAL if not os.environ.get(name)]:
        pytest.skip(f"no real Odoo: {', '.join(missing)} not set")
    url, database, login, key = (os.environ[name] for name in REAL)
    return log_in(Target(url.rstrip("/"), database, login, key, version_of(url), real=True))


@pytest.fixture(scope="module")
def models(real: JsonRpc) -> list[str]:
    return sorted(row["model"] for row in bare_rows(real, "ir.model", ["model"]))


def log_in(target: Target) -> JsonRpc:
    uid: Any = JsonRpc(target).service("common", "authenticate", target.database, target.username, target.key, {})
    assert uid, f"{target.username} is not let in"
    return JsonRpc(replace(target, uid=uid))


def others() -> list[tuple[str, str]]:
    pairs = (each.partition(":") for each in os.environ.get("ODOO_TEST_OTHERS", "").split())
    return [(login, key) for login, _, key in pairs]


def odd_fields(client: Client, models: list[str], **context: Any) -> set[str]:
    """The fields that differ in any of the models; what the user may not read, or not by columns, is left out."""
    odd, compared = set[str](), 0
    for model in models:
        seen = {**ARCHIVED, **context}
        try:
            if not search(client, model, [], limit=1, context=seen):
                continue
            kinds = sql_fields(client, model)
            kinds = {name: kinds[name] for name in answered(client, model, list(kinds), seen)}
            found = differences(client, model, kinds, seen) if "id" in kinds else []
        except Refused:
            continue
        compared += len(kinds)
        odd |= {each.partition(" of ")[0] for each in found}
    assert compared > 100, "there was something to compare"
    return odd


def test_as_the_user_of_the_sync(real: JsonRpc, models: list[str]) -> None:
    assert odd_fields(real, models) <= KNOWN


def test_in_another_language(real: JsonRpc, models: list[str]) -> None:
    install_language(real)
    names = bare_rows(real, "ir.model", ["name"], context={"lang": LANGUAGE})
    assert names != bare_rows(real, "ir.model", ["name"], context={"lang": "en_US"})
    odd = odd_fields(real, models, lang=LANGUAGE)
    assert odd <= KNOWN | (translated(real, models) if real.target.dialect < 16 else set())


def translated(real: JsonRpc, models: list[str]) -> set[str]:
    """The translated fields: before 16 their columns hold the language in which they were written."""
    found = set[str]()
    for model in models:
        with suppress(Refused):
            declared: Any = real.call(model, "fields_get", attributes=["translate"])
            found |= {f"{model}.{name}" for name, each in declared.items() if each.get("translate")}
    return found


def install_language(real: JsonRpc) -> None:
    languages = bare_rows(real, "res.lang", ["active"], [["code", "=", LANGUAGE]], context=ARCHIVED)
    if all(each["active"] for each in languages):
        return
    new = real.target.dialect >= 16
    values = {"lang_ids": [[6, 0, [each["id"] for each in languages]]]} if new else {"lang": LANGUAGE}
    wizard: Any = real.call("base.language.install", "create", ids=values)  # what comes first has no name here
    real.call("base.language.install", "lang_install", ids=[wizard])


@pytest.fixture
def companies(real: JsonRpc) -> list[int]:
    (user,) = bare_rows(real, "res.users", ["company_ids"], [["id", "=", real.target.uid]])
    if len(user["company_ids"]) < 2:
        pytest.skip("the user has one company only")
    return user["company_ids"]


@pytest.fixture
def dependent(real: JsonRpc, companies: list[int]) -> Iterator[int]:
    """A partner with another value of a company-dependent field in each company."""
    number = search(real, "res.partner", [], limit=1)[0]
    name = "barcode" if real.target.dialect >= 14 else "ref"
    before = [value_in(real, number, name, each) for each in companies]
    try:
        for each in companies:
            write_in(real, number, {name: f"of company {each}"}, each)
        yield number
    finally:
        for each, value in zip(companies, before, strict=True):
            write_in(real, number, {name: value}, each)


def value_in(real: JsonRpc, number: int, name: str, company: int) -> Any:
    context = {"allowed_company_ids": [company]}
    return bare_rows(real, "res.partner", [name], [["id", "=", number]], context=context)[0][name]


def write_in(real: JsonRpc, number: int, values: dict[str, Any], company: int) -> None:
    real.call("res.partner", "write", ids=[number], vals=values, context={"allowed_company_ids": [company]})


def test_with_values_of_each_company(real: JsonRpc, models: list[str], companies: list[int], dependent: int) -> None:
    seen = {value_in(real, dependent, "barcode", each) for each in companies}
    assert len(seen) == len(companies)
    for allowed in (*([each] for each in companies), companies):
        assert odd_fields(real, models, allowed_company_ids=allowed) <= KNOWN


@pytest.mark.parametrize("login", [login for login, _ in others()])
def test_as_a_user_with_fewer_rights(real: JsonRpc, models: list[str], login: str) -> None:
    client = log_in(replace(real.target, username=login, key=dict(others())[login]))
    assert odd_fields(client, models) <= KNOWN
