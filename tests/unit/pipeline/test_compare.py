from dataclasses import replace

import pytest

from odoo_sync_tui.core.entity import Document, InactiveReason
from odoo_sync_tui.entities import accounts, users
from odoo_sync_tui.pipeline.entity.compare import compare, needs_fetch
from odoo_sync_tui.store.documents.changes import ChangeKind
from odoo_sync_tui.store.documents.document_store import DocumentState, StoredPage
from odoo_sync_tui.store.driver.values import content_hash

LAKE = accounts.ENTITY.target
PEOPLE = users.ENTITY.target


def stored(digest: str | None = "same", *, active: bool = True, reason: InactiveReason | None = None) -> DocumentState:
    return DocumentState(key="key", hash=digest, active=active, reason=reason, incomplete=False)


def page(known: DocumentState | None, content: dict[str, object] | None = None) -> StoredPage:
    """A page with at most one stored document, of the Odoo id 1."""
    return StoredPage() if known is None else StoredPage({1: known}, {1: content_hash(content or {})})


def kinds(
    known: DocumentState | None,
    content: dict[str, object] | None = None,
    *,
    active: bool = True,
    target=LAKE,
) -> list[ChangeKind]:
    document = Document(1, active, {})
    return [c.kind for c in compare(target, [document], {1: "same"}, page(known, content)).changes]


@pytest.mark.parametrize("active", [True, False])
def test_what_the_store_lacks_is_created_archived_or_not(active):
    assert kinds(None, active=active) == [ChangeKind.CREATED]


def test_a_row_that_says_the_same_is_no_change():
    comparison = compare(LAKE, [Document(1, True, {})], {1: "same"}, page(stored()))
    assert (comparison.changes, comparison.unchanged, comparison.updated_hashes) == ((), 1, {})


def test_a_row_that_says_the_same_otherwise_is_only_remembered_anew():
    comparison = compare(LAKE, [Document(1, True, {})], {1: "new"}, page(stored("old")))
    assert (comparison.changes, comparison.unchanged, comparison.updated_hashes) == ((), 1, {"key": "new"})


def test_an_unchanged_document_with_a_null_to_leave_out_is_no_change_but_is_remembered():
    known = StoredPage({1: replace(stored(), has_nulls=True)}, {1: content_hash({})})
    comparison = compare(PEOPLE, [Document(1, True, {"email": None})], {1: "same"}, known)
    assert (comparison.changes, comparison.unchanged, list(comparison.keys_with_nulls)) == ((), 1, ["key"])


@pytest.mark.parametrize("digest", ["same", "other", None])
def test_a_document_with_other_content_is_an_update_whatever_its_row_hash(digest):
    assert kinds(stored(digest), {"name": "other"}) == [ChangeKind.UPDATED]


def test_a_document_without_a_content_hash_is_an_update():
    known = StoredPage({1: stored()}, {})
    assert [c.kind for c in compare(LAKE, [Document(1, True, {})], {}, known).changes] == [ChangeKind.UPDATED]


def test_a_document_that_cannot_be_stored_is_an_update_whose_write_names_the_reason():
    document = Document(1, True, {"amount": 2**70})
    assert [c.kind for c in compare(LAKE, [document], {}, page(stored())).changes] == [ChangeKind.UPDATED]


def test_an_archived_row_switches_its_document_off_once():
    assert kinds(stored(), active=False) == [ChangeKind.DEACTIVATED]
    assert kinds(stored(active=False, reason=InactiveReason.ARCHIVED), active=False) == []


@pytest.mark.parametrize("reason", list(InactiveReason))
def test_a_row_that_is_active_again_switches_its_document_on(reason):
    assert kinds(stored(active=False, reason=reason)) == [ChangeKind.REACTIVATED]


def test_a_user_whom_somebody_else_switched_off_stays_off():
    assert kinds(stored(active=False), target=PEOPLE) == []
    assert kinds(stored(active=False, reason=InactiveReason.ARCHIVED), target=PEOPLE) == [ChangeKind.REACTIVATED]


def test_what_must_be_read_again_though_it_was_not_written_since():
    assert needs_fetch(None)
    assert needs_fetch(stored(None))
    assert needs_fetch(stored(active=False, reason=InactiveReason.DELETED))
    assert not needs_fetch(stored(active=False, reason=InactiveReason.ARCHIVED))
    assert not needs_fetch(stored())
