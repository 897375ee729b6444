"""Masked values are nowhere: not in the store, the log, the output, the file of a dry run; and hashes still join."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bson import json_util
from pymongo import monitoring

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.errors import ConfigurationError, OtherMaskKeyError, StoreUnavailable
from odoo_sync_tui.core.reports.diagnosis import Grade
from odoo_sync_tui.core.reports.verification import Verdict
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import RaisedError, WrongValue
from odoo_sync_tui.pipeline.catalog import build_catalog
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.runs.masks import StoredMasks
from tests.support.world import FULL, World, world

KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "another key that nobody can guess, of forty"
PHONE = "+49 555 7312 0199"
ACCOUNTS = {"name": "hash", "email": "hash", "phone": "drop", "street": "initials"}
PEOPLE = {"name": "initials", "work_email": "hash", "work_phone": "drop", "mobile_phone": "drop"}
MASKS = {"entities__accounts__mask": ACCOUNTS, "entities__lake_users__mask": PEOPLE}
SECRETS = ("Zebedee", "Quux", "zebedee", "quux", "Wolperdinger", "7312 0199")
"""Parts of the values of :func:`mark_rows`, longer than initials."""

Open = Callable[..., Any]


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def open_world(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Open:
    """Open the same lake with other masks."""

    @contextmanager
    def open_it(masks: Mapping[str, object] = MASKS, key: str | None = KEY) -> Iterator[World]:
        keyed = {"masking__key": key} if key else {}
        with world(mongo_uri, database_name, odoo, **masks, **keyed) as parts:
            yield parts

    return open_it


@pytest.fixture
def database_name(database_name: str) -> str:
    """A database of its own: it is looked through as a whole."""
    return f"{database_name}_masks"


def mark_rows(odoo: DemoOdoo) -> tuple[int, int]:
    """Give a company with opportunities and invoices, and an employee, values that can be found; return their ids."""
    lead = odoo.search("crm.lead", [["partner_id.is_company", "=", True]])[0]
    company, employee = odoo.get_value("crm.lead", lead, "partner_id"), odoo.search("hr.employee")[3]
    assert isinstance(company, int)
    street = "Wolperdingergasse 7312"
    values = {"name": "Zebedee Quux", "email": "Zebedee.Quux@example.test", "phone": PHONE, "street": street}
    odoo.write("res.partner", company, values)
    people = {"name": "Zebedee Quux", "work_email": "zebedee.quux@example.test", "work_phone": PHONE}
    odoo.write("hr.employee", employee, people)
    return company, employee


def plain_digests() -> list[str]:
    """What one could compare a fingerprint with who guesses a value."""
    values = ["Zebedee Quux", "zebedee.quux@example.test", "Zebedee.Quux@example.test", PHONE]
    kinds = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.blake2b, hashlib.sha512)
    found = [kind(value.encode()) for value in values for kind in kinds]
    return [text for each in found for text in (each.hexdigest()[:16], base64.b64encode(each.digest()).decode()[:16])]


def dump(here: World) -> str:
    names = here.database.list_collection_names()
    return "\n".join(json_util.dumps(list(here.database[name].find()), ensure_ascii=False) for name in names)


def assert_hidden(text: str) -> None:
    found = [secret for secret in (*SECRETS, *plain_digests()) if secret in text]
    assert not found, {each: text[max(0, text.index(each) - 200) : text.index(each) + 60] for each in found}


def assert_in_step(here: World) -> None:
    entities = build_catalog(build_settings_from_overrides(here.settings)).select(Action.DATA_LAKE)
    verification = here.backend.verifier().verify(entities, None)
    assert {each.verdict for each in verification.entities} == {Verdict.IN_STEP}, verification


def lake(here: World, entity_type: str, **query: object) -> list[dict[str, Any]]:
    found = here.database.data_lake_serving.find({"entity_type": entity_type, **query})
    return [each["data"] for each in found]


def test_no_masked_value_is_anywhere_after_rejected_rows_errors_and_dry_runs(
    commands: list[monitoring.CommandStartedEvent],
    odoo: DemoOdoo,
    open_world: Open,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    caplog.set_level(logging.DEBUG, "odoo_sync_tui")
    company, employee = mark_rows(odoo)
    unreadable = WrongValue(model="hr.employee", record_id=employee, field_name="work_phone", value=["Quux", PHONE])
    failing = RaisedError(model="res.partner", method="read", kind="ValueError", text="Zebedee Quux", times=1)
    shown: list[str] = []
    with open_world() as here, DifferenceLog(directory=tmp_path) as log:
        service = here.backend.service()
        shown.append(str(service.sync(Action.DATA_LAKE, "anna", Scope(dry_run=True), on_difference=log.add)))
        shown += [line for name in log.summaries for line in log.lines(name)]
        with odoo.faults.on(unreadable, failing):
            result = here.sync(Action.DATA_LAKE)
        assert (result.outcome, result.counts.quarantined) == (Outcome.PARTIAL, 1)
        assert [row["odoo_id"] for row in here.database.sync_quarantine.find()] == [employee]
        assert_hidden(dump(here))
        here.sync(Action.DATA_LAKE)
        odoo.write("res.partner", company, {"name": "Zebedee Quux-Quux"})  # told as a rename to what refers to it
        result = here.sync(Action.DATA_LAKE)
        assert result.entities["opportunities"].counts.updated
        shown += [str(result), repr(build_catalog(build_settings_from_overrides(here.settings)).entities)]
        assert_hidden(dump(here))
        assert_in_step(here)
    output = capfd.readouterr()
    assert_hidden("\n".join([*shown, caplog.text, output.out, output.err]))
    assert_hidden("\n".join(str(each.command) for each in commands))  # a server logs slow ones
    assert KEY not in "\n".join([*shown, caplog.text])


def test_hashes_join_what_was_equal_across_entities_and_names_are_hashed_wherever_they_stand(
    odoo: DemoOdoo, open_world: Open
):
    company, employee = mark_rows(odoo)
    with open_world() as here:
        here.sync(Action.DATA_LAKE)
        account = here.lake("account", company)["data"]
        person = here.lake("user", employee)["data"]
        assert account["name"].startswith("h:")
        assert account["email"] == person["work_email" if "work_email" in person else "email"], "equal in any case"
        assert (account["phone"], account["street"]) == (None, "W. 7.")
        assert (person["name"], person["work_phone"]) == ("Z. Q.", None)
        leads = lake(here, "opportunity", **{"data.partner_id": company})
        assert leads
        assert {each["partner_name"] for each in leads} == {account["name"]}
        users = {each["user_name"] for each in lake(here, "opportunity") if each["user_id"]}
        assert users, "a user has the name of an employee"
        assert all(name.startswith("h:") for name in users), "of two masks of a model's names the strictest counts"
        assert not [each for each in lake(here, "account") if each["city"] and each["city"].startswith("h:")]


def test_a_change_of_masks_rewrites_what_is_stored_also_of_rows_that_are_gone(odoo: DemoOdoo, open_world: Open):
    company, employee = mark_rows(odoo)
    gone = odoo.search("res.partner", [["is_company", "=", True], ["id", "!=", company]])[0]
    odoo.write(
        "res.partner", gone, {"name": "Quux Gone", "email": "quux@gone.test", "phone": PHONE, "street": "Quux 1"}
    )
    with open_world({}, None) as here:
        here.sync(Action.DATA_LAKE)
        odoo.write("res.partner", company, {"phone": f"{PHONE} 1"})
        odoo.write("res.partner", gone, {"email": "quux@left.test"})
        here.sync(Action.DATA_LAKE)
        odoo.write("res.partner", company, {"phone": PHONE})
        odoo.delete("res.partner", gone)
        here.sync(Action.DATA_LAKE, FULL)
        logged = here.database.sync_changes.find_one({"fields.name": "data.email", "odoo_id": gone})
        assert "Quux" not in str(logged)
        assert "quux@left.test" in str(logged)
        document = here.lake("account", gone)
        assert (document["inactive_reason"], document["data"]["name"]) == (InactiveReason.DELETED, "Quux Gone")
        fault = WrongValue(model="hr.employee", record_id=employee, field_name="work_phone", value=["Quux"])
        with odoo.faults.on(fault):
            here.sync(Action.DATA_LAKE, FULL)
        assert "Quux" in dump(here)
    with open_world() as here, odoo.faults.on(fault):
        with DifferenceLog() as log:
            here.backend.service().sync(Action.DATA_LAKE, "anna", Scope(dry_run=True), on_difference=log.add)
            assert_hidden("\n".join(line for name in log.summaries for line in log.lines(name)))
        assert "Quux" in dump(here), "a dry run masks nothing"
        here.sync(Action.DATA_LAKE, Scope(entities=("accounts",), selection=Selection(ids=(company,))))
        here.sync(Action.DATA_LAKE, Scope(entities=("users",), selection=Selection(ids=(employee + 1,))))
        (row,) = here.database.sync_quarantine.find()
        assert_hidden(row["reason"])
        result = here.sync(Action.DATA_LAKE)
        assert [each for each in result.warnings if each.kind == "masks"]
        here.database.audit_log.drop()  # what a run said before its fields were masked stays said
        assert_hidden(dump(here))
        document = here.lake("account", gone)
        logged = here.database.sync_changes.find_one({"fields.name": "data.email", "odoo_id": gone})
        assert logged is not None
        (change,) = [each for each in logged["fields"] if each["name"] == "data.email"]
        assert change["new"] == document["data"]["email"] != change["old"], "history goes on, masked"
        assert document["data"]["name"].startswith("h:")
        assert (document["data"]["phone"], document["data"]["street"]) == (None, "Q. 1.")
    with open_world() as here:
        here.sync(Action.DATA_LAKE)
        assert_in_step(here)
        assert here.sync(Action.DATA_LAKE).counts.changed == 0
    with open_world({"entities__accounts__mask": {"name": "initials"}}) as here:
        here.sync(Action.DATA_LAKE)
        account = here.lake("account", company)["data"]
        assert (account["name"], account["phone"]) == ("Z. Q.", PHONE)
        assert here.lake("account", gone)["data"]["name"] is None, "initials cannot be made of a hash"
        assert_in_step(here)
    with open_world({}, None) as here:
        here.sync(Action.DATA_LAKE)
        assert here.lake("account", company)["data"]["name"] == "Zebedee Quux"
        assert {each["partner_name"] for each in lake(here, "opportunity", **{"data.partner_id": company})} == {
            "Zebedee Quux"
        }
        assert_in_step(here)


def test_a_run_that_is_cut_off_while_it_masks_is_followed_by_one_that_does_it_again(
    odoo: DemoOdoo, open_world: Open, monkeypatch: pytest.MonkeyPatch
):
    company, _ = mark_rows(odoo)
    with open_world({}, None) as here:
        here.sync(Action.DATA_LAKE)
        odoo.write("res.partner", company, {"phone": f"{PHONE} 1"})
        here.sync(Action.DATA_LAKE)

    def refuse(*_: object) -> None:
        raise StoreUnavailable("MongoDB went away.", "")

    with open_world() as here:
        with monkeypatch.context() as patch:
            patch.setattr(StoredMasks, "mask_changes", refuse)
            assert here.sync(Action.DATA_LAKE).outcome is Outcome.FAILED
        assert here.lake("account", company)["data"]["name"].startswith("h:")
        assert PHONE in dump(here), "the change log is not masked yet"
        here.sync(Action.DATA_LAKE)
        here.database.audit_log.drop()
        assert_hidden(dump(here))
        assert_in_step(here)


def test_without_the_key_nothing_is_read_and_another_key_needs_the_word_of_the_operator(
    odoo: DemoOdoo, open_world: Open
):
    company, _ = mark_rows(odoo)
    with open_world(key=None) as here:
        calls = len(odoo.calls)
        for refused in (lambda: here.sync(Action.DATA_LAKE), lambda: assert_in_step(here)):
            with pytest.raises(ConfigurationError, match=r"masking\.key is not set"):
                refused()
        assert len(odoo.calls) == calls
    with open_world() as here:
        here.sync(Action.DATA_LAKE)
        before = here.lake("account", company)["data"]
    with open_world(key=OTHER_KEY) as here:
        for refused in (lambda: here.sync(Action.DATA_LAKE), lambda: assert_in_step(here)):
            with pytest.raises(OtherMaskKeyError, match="another key"):
                refused()
        with pytest.raises(ConfigurationError, match="all rows"):
            here.sync(Action.DATA_LAKE, Scope(("accounts",), accept_mask_key=True, selection=Selection(ids=(company,))))
        assert here.lake("account", company)["data"] == before
        here.sync(Action.DATA_LAKE, Scope(accept_mask_key=True))
        after = here.lake("account", company)["data"]
        assert after["email"].startswith("h:")
        assert after["email"] != before["email"]
        assert before["email"] not in dump(here)
        event = here.database.audit_log.find_one({"details.event": "mask_key_accepted"})
        assert event is not None
        assert event["details"]["before"] != event["details"]["fingerprint"]
        here.sync(Action.DATA_LAKE)
        assert_in_step(here)


def test_a_declared_entity_is_masked_with_the_texts_that_odoo_computes_of_masked_ones(odoo: DemoOdoo, open_world: Open):
    mark_rows(odoo)
    people = {"entities__people__model": "res.partner", "entities__people__mask": {"name": "hash", "email": "hash"}}
    with open_world(people) as here:
        assert here.sync(Action.DATA_LAKE, Scope(entities=("people",))).outcome is Outcome.SUCCESS
        found = {name for each in lake(here, "people") for name, value in each.items() if "quux" in str(value).lower()}
        assert not found


FLAWED = [
    ({"nmae": "hash"}, "mean name"),
    ({"create_date": "hash"}, "datetime"),
    ({"customer_rank": "initials"}, "drop"),
]


@pytest.mark.parametrize(("mask", "words"), FLAWED)
def test_a_mask_that_cannot_be_is_refused_before_anything_is_written(
    open_world: Open, mask: dict[str, str], words: str
):
    with open_world({"entities__people__model": "res.partner", "entities__people__mask": mask}) as here:
        with pytest.raises(ConfigurationError, match=words):
            here.sync(Action.DATA_LAKE, Scope(entities=("people",), mode=Mode.FULL))
        assert not lake(here, "people")


def test_who_looks_sees_what_is_masked_and_the_doctor_what_is_due(odoo: DemoOdoo, open_world: Open):
    company, _ = mark_rows(odoo)

    def check(here: World) -> tuple[Grade, str]:
        doctor = Doctor(lambda: build_settings_from_overrides(here.settings), None, None)
        (found,) = [each for each in doctor.checks() if each.name == "store.masks"]
        return found.health, f"{found.message} {found.hint}"

    with open_world() as here:
        grade, text = check(here)
        assert (grade, "accounts, lake users. Sync them." in text) == (Grade.WARN, True)
        here.sync(Action.DATA_LAKE)
        grade, text = check(here)
        assert grade is Grade.OK
        assert "with the key whose fingerprint is" in text
        report = here.backend.detail_queries.get_entity("data_lake:accounts")
        assert report.masked.items() >= {"data.name": "hash", "data.phone": "drop", "data.street": "initials"}.items()
        document = here.backend.detail_queries.get_document("data_lake:accounts", company)
        assert document is not None
        assert document.masked == report.masked
        masks = {each.id: each.masked for each in here.backend.overview_queries.list_entities()}
        assert masks["data_lake:invoices"]["data.partner_name"] == "hash"
        assert not masks["departments"]
    with open_world(key=OTHER_KEY) as here:
        assert check(here)[0] is Grade.FAIL
    with open_world(key=None) as here:
        assert check(here)[0] is Grade.FAIL
    with open_world({}, None) as here:
        assert "settings mask none" in check(here)[1]
