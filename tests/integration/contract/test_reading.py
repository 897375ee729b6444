"""The contract of reading: searches, rows, fields, moments and texts."""

from __future__ import annotations

import json

import pytest

from tests.integration.contract.client import Client, JsonRpc, Refused, XmlRpc
from tests.integration.contract.conftest import ARCHIVED, MODELS, STAMP, bare_rows, refused, rows, search, wanted_fields


def test_search_walks_the_ids(client: Client) -> None:
    everything = search(client, "res.partner", [], order="id", context=ARCHIVED)
    assert everything == sorted(set(everything))
    assert len(everything) > 20
    first = search(client, "res.partner", [], order="id", limit=7, context=ARCHIVED)
    after = search(client, "res.partner", [["id", ">", first[-1]]], order="id", limit=7, context=ARCHIVED)
    assert first + after == everything[:14]
    assert search(client, "res.partner", [], order="id desc", limit=3, context=ARCHIVED) == everything[:-4:-1]
    assert search(client, "res.partner", [], order="id", offset=5, limit=2, context=ARCHIVED) == everything[5:7]
    assert search(client, "res.partner", [], order="id", limit=0, context=ARCHIVED) == everything
    block = [["id", ">", everything[3]], ["id", "<=", everything[9]]]
    assert search(client, "res.partner", block, order="id", context=ARCHIVED) == everything[4:10]
    block = [["id", ">=", everything[3]], ["id", "<", everything[9]]]
    assert search(client, "res.partner", block, order="id", context=ARCHIVED) == everything[3:9]


def test_archived_records_are_hidden_unless_asked_for(client: Client) -> None:
    for model in ("res.partner", "crm.lead"):
        shown = client.call(model, "search_count", domain=[])
        everything = client.call(model, "search_count", domain=[], context=ARCHIVED)
        named = client.call(model, "search_count", domain=[["active", "in", [True, False]]])
        archived = search(client, model, [["active", "=", False]])
        assert everything == named == shown + len(archived)
        if not archived:
            continue
        assert search(client, model, [["id", "in", archived]]) == []
        assert search(client, model, [["id", "in", archived]], order="id", context=ARCHIVED) == sorted(archived)
        assert len(client.call(model, "read", ids=archived, fields=["name"])) == len(archived)


def test_count_is_the_length_of_the_search(client: Client) -> None:
    for model in MODELS:
        ids = search(client, model, [], context=ARCHIVED)
        assert client.call(model, "search_count", domain=[], context=ARCHIVED) == len(ids)


def test_a_search_finds_what_its_domain_says(client: Client) -> None:
    def count(*domain: object) -> int:
        return client.call("res.partner", "search_count", domain=list(domain), context=ARCHIVED)

    everything = count()
    company, person = ["is_company", "=", True], ["is_company", "=", False]
    assert count(company) + count(person) == everything == count("|", company, person)
    assert count("&", company, person) == 0
    assert count("!", company) == count(person) == count(["is_company", "!=", True])
    assert count(["email", "=", False]) + count(["email", "!=", False]) == everything
    assert count(["email", "!=", "nobody@nowhere.example"]) == everything  # empty values are matched too
    if client.target.dialect >= 19:
        assert count(["street", "=", ""]) == count(["street", "=", False])
    assert count(["country_id", "=", False]) + count(["country_id", "!=", False]) == everything
    ids = search(client, "res.partner", [], order="id", limit=3, context=ARCHIVED)
    assert count(["id", "in", ids]) == count(["id", "=", ids]) == 3
    assert count(["id", "not in", ids]) == everything - 3
    assert count(["id", "in", []]) == 0
    assert count([1, "=", 1]) == everything
    found = rows(client, "res.partner", ["name"], [["name", "!=", False]], limit=1, order="id")[0]["name"]
    piece = found[1:4]
    assert count(["name", "ilike", piece.swapcase()]) >= count(["name", "like", piece]) >= 1
    assert count(["name", "ilike", piece]) + count(["name", "not ilike", piece]) == everything
    assert count(["name", "=", found]) >= 1


def test_a_condition_on_a_name_behind_a_many2one(client: Client) -> None:
    lead = rows(client, "crm.lead", ["stage_id"], [["stage_id", "!=", False]], limit=1, order="id")[0]
    number, name = lead["stage_id"]
    by_id = search(client, "crm.lead", [["stage_id", "=", number]], order="id")
    assert by_id == search(client, "crm.lead", [["stage_id.name", "=", name]], order="id")
    assert set(by_id) <= set(search(client, "crm.lead", [["stage_id", "ilike", name]]))


def test_search_read_gives_the_id_first_and_then_what_was_asked(client: Client) -> None:
    row = rows(client, "crm.lead", ["name", "priority"], limit=1)[0]
    assert list(row) == ["id", "name", "priority"]


def test_a_many2one_is_read_with_and_without_its_name(client: Client) -> None:
    asked = ["partner_id", "stage_id", "tag_ids"]
    paired = rows(client, "crm.lead", asked, order="id", context=ARCHIVED)
    bare = bare_rows(client, "crm.lead", asked, order="id", context=ARCHIVED)
    for left, right in zip(paired, bare, strict=True):
        assert sorted(left["tag_ids"]) == sorted(right["tag_ids"])
        assert all(type(one) is int for one in right["tag_ids"])
        for name in ("partner_id", "stage_id"):
            assert right[name] is False or type(right[name]) is int
            assert left[name] is False or (type(left[name][0]), type(left[name][1])) == (int, str)
            assert right[name] == (left[name] and left[name][0])
    assert any(row["partner_id"] for row in bare)
    assert client.target.real or any(row["partner_id"] is False for row in bare)


def test_names_of_a_many2one_are_display_names(client: Client) -> None:
    contact = rows(client, "res.partner", ["display_name", "name", "parent_id"], [["parent_id", "!=", False]], limit=1)[
        0
    ]
    assert contact["display_name"] == f"{contact['parent_id'][1]}, {contact['name']}"
    lead = rows(client, "crm.lead", ["partner_id"], [["partner_id", "!=", False]], limit=1)[0]
    number, name = lead["partner_id"]
    asked = rows(client, "res.partner", ["display_name"], [["id", "in", [number]]], context=ARCHIVED)
    assert asked == [{"id": number, "display_name": name}]


def test_search_read_takes_no_load_in_14(client: Client) -> None:
    if client.target.dialect >= 15:
        pytest.skip("it does since 15")
    error = refused(client, "crm.lead", "search_read", domain=[], fields=["id"], load=False)
    assert error.name == "TypeError"
    assert "load" in error.message


def test_empty_values_are_read_as_false(client: Client) -> None:
    kinds = client.call("res.partner", "fields_get", attributes=["type"])
    nullable = ["email", "street", "parent_id", "lang"]
    found = bare_rows(client, "res.partner", nullable, context=ARCHIVED)
    for name in ("email", "street", "parent_id"):
        assert any(row[name] is False for row in found)
        assert not any(row[name] is None for row in found)
        assert kinds[name]["type"] in {"char", "many2one"}


def test_values_have_the_type_that_the_field_declares(client: Client) -> None:
    python = {
        "integer": int, "float": float, "monetary": float, "boolean": bool, "char": str, "selection": str,
        "date": str, "datetime": str, "many2one": int, "one2many": list, "many2many": list,
    }  # fmt: skip
    empty_is_false = {"char", "selection", "date", "datetime", "many2one"}
    for model in MODELS:
        wanted = wanted_fields(model, client.target.dialect)
        for row in bare_rows(client, model, list(wanted), limit=200, context=ARCHIVED):
            assert set(row) == set(wanted)
            for name, (kind, _) in wanted.items():
                ok = type(row[name]) is python[kind] or (row[name] is False and kind in empty_is_false)
                assert ok, f"{model}.{name} {kind}: {row[name]!r}"
            assert STAMP.fullmatch(row["write_date"])


def test_read_keeps_the_order_and_leaves_out_what_is_gone(client: Client) -> None:
    ids = search(client, "crm.lead", [], order="id", limit=3)
    backwards = ids[::-1]
    found = client.call("crm.lead", "read", ids=[*backwards, 99_999_999], fields=["name"])
    assert [row["id"] for row in found] == backwards


def test_read_of_nothing_but_ids_does_not_look(client: Client) -> None:
    if client.target.dialect < 15:
        error = refused(client, "crm.lead", "read", ids=[99_999_999], fields=["id"])
        assert error.name in {"MissingError", "UserError"}
        return
    assert client.call("crm.lead", "read", ids=[99_999_999], fields=["id"]) == [{"id": 99_999_999}]


def test_currencies_and_companies_can_be_read(client: Client) -> None:
    me = client.call("res.users", "read", ids=[2], fields=["login", "company_ids", "company_id"])[0]
    assert me["login"] == client.target.username
    assert me["company_id"][0] in me["company_ids"]
    currencies = rows(client, "res.currency", ["name", "decimal_places"], context=ARCHIVED)
    places = {row["name"]: row["decimal_places"] for row in currencies}
    assert (places["USD"], places["EUR"], places["JPY"]) == (2, 2, 0)
    shown = {row["name"] for row in rows(client, "res.currency", ["name"])}
    assert shown < set(places)


def test_draft_invoices_have_no_number(client: Client) -> None:
    drafts = rows(client, "account.move", ["name", "display_name"], [["state", "=", "draft"]])
    unnumbered = {False} if client.target.dialect >= 18 else {"/"}
    names = {row["name"] for row in drafts}
    if client.target.real and client.target.dialect < 15:
        names -= {name for name in names if name[-1].isdigit()}  # the first draft of a journal has its number already
    assert names <= unnumbered
    assert all(row["display_name"].startswith("Draft") for row in drafts)
    assert drafts or client.target.real


def dated(client: Client, *domain: object) -> int:
    return client.call("crm.lead", "search_count", domain=list(domain), context=ARCHIVED)


def newest(client: Client) -> dict:
    order = "write_date desc, id desc"
    return rows(client, "crm.lead", ["write_date"], order=order, limit=1, context=ARCHIVED)[0]


def test_a_search_by_write_date_gives_the_newest_first(client: Client) -> None:
    found = rows(client, "crm.lead", ["write_date"], order="write_date desc, id desc", context=ARCHIVED)
    stamps = [row["write_date"] for row in found]
    assert stamps == sorted(stamps, reverse=True)
    assert newest(client) == found[0]


def test_a_returned_write_date_finds_its_row_in_a_filter(client: Client) -> None:
    """19 compares whole seconds; before, the microseconds that it does not return."""
    stamp = newest(client)["write_date"]
    at_or_after, after = dated(client, ["write_date", ">=", stamp]), dated(client, ["write_date", ">", stamp])
    equal, everything = dated(client, ["write_date", "=", stamp]), dated(client)
    until = dated(client, ["write_date", "<=", stamp])
    assert at_or_after >= 1
    if client.target.dialect >= 19:
        assert (after, equal, until) == (0, at_or_after, everything)
    else:
        assert (after, equal, until) == (at_or_after, 0, everything - at_or_after)
    assert dated(client, ["write_date", "<", stamp]) == everything - at_or_after
    assert dated(client, ["write_date", "in", [stamp]]) == equal


def test_a_write_date_in_a_filter_may_be_written_in_several_ways(client: Client) -> None:
    stamp = newest(client)["write_date"]
    at_or_after = dated(client, ["write_date", ">=", stamp])
    assert dated(client, ["write_date", ">=", stamp.replace(" ", "T")]) == at_or_after
    assert dated(client, ["write_date", ">=", stamp[:10]]) >= at_or_after
    assert dated(client, ["write_date", ">=", False]) == 0
    assert dated(client, ["write_date", "!=", False]) == dated(client)
    assert dated(client, ["write_date", "=", False]) == 0
    arguments = {"domain": [["write_date", ">=", f"{stamp}Z"]]}
    if client.target.dialect >= 19:
        assert refused(client, "crm.lead", "search_count", **arguments).name == "ValueError"
    else:
        assert client.call("crm.lead", "search_count", **arguments, context=ARCHIVED) == at_or_after


def test_windows_of_whole_seconds_lose_nothing(client: Client) -> None:
    found = rows(client, "crm.lead", ["write_date"], order="write_date, id", context=ARCHIVED)
    middle = found[len(found) // 2]["write_date"]
    before, after = ["write_date", "<", middle], ["write_date", ">=", middle]
    assert dated(client, before) + dated(client, after) == len(found)


def test_text_that_is_not_ascii_is_read_as_it_was_written(client: Client) -> None:
    if client.target.real:
        pytest.skip("what names the real one holds is not known")
    found = rows(client, "res.partner", ["name"], order="id", context=ARCHIVED)
    names = {row["name"] for row in found}
    assert {"株式会社さくら", "شركة النور", "[bold red]Brackets[/] & {Braces} Ltd"} <= names
    if isinstance(client, JsonRpc):
        body = json.dumps(
            {"jsonrpc": "2.0", "method": "call", "id": 1, "params": {
                "service": "object", "method": "execute_kw", "args": [
                    client.target.database, 2, client.target.key, "res.partner", "search_read",
                    [[["name", "=", "株式会社さくら"]], ["name"]], {}]}}
        ).encode()  # fmt: skip
        assert client.raw(body).body.isascii() == (client.target.dialect < 19)


def test_a_service_or_method_that_does_not_exist_is_an_error(client: Client) -> None:
    if isinstance(client, XmlRpc):
        with pytest.raises(Refused) as caught:
            client.service("common", "no_such_method")
        assert "no_such_method" in caught.value.message
    elif isinstance(client, JsonRpc):
        with pytest.raises(Refused):
            client.service("no_such_service", "no_such_method")
