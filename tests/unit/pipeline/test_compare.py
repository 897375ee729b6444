import pytest

from odoo_sync_tui.core.entity import Document, InactiveReason
from odoo_sync_tui.entities import accounts, users
from odoo_sync_tui.pipeline.entity.compare import compare, needs_fetch
from odoo_sync_tui.store.documents.changes import ChangeKind
from odoo_sync_tui.store.documents.document_store import DocumentState

LAKE = accounts.ENTITY.target
PEOPLE = users.ENTITY.target


def stored(digest: str | None = "same", *, active: bool = True, reason: InactiveReason | None = None) -> DocumentState:
    return DocumentState(key="key", hash=digest, active=active, reason=reason, incomplete=False)


def compared(documents, known, links=None, *, target=LAKE, said="same"):
    hashes = {document.odoo_id: said for document in documents}
    return compare(target, documents, hashes, known, links or {}, lambda _, known: known.hash == said)


def kinds(known: DocumentState | None, *, active: bool = True, target=LAKE, links=None) -> list[ChangeKind]:
    by_id = {} if known is None else {1: known}
    return [c.kind for c in compared([Document(1, active, {})], by_id, links, target=target).changes]


@pytest.mark.parametrize("active", [True, False])
def test_what_the_store_lacks_is_created_archived_or_not(active):
    assert kinds(None, active=active) == [ChangeKind.CREATED]


def test_a_local_document_is_taken_over_before_a_new_one_is_created():
    assert kinds(None, links={1: "local"}) == [ChangeKind.LINKED]


def test_a_row_that_says_the_same_is_no_change():
    comparison = compared([Document(1, True, {})], {1: stored()})
    assert (comparison.changes, comparison.unchanged, comparison.updated_hashes) == ((), 1, {})


def test_a_row_that_says_the_same_otherwise_is_only_remembered_anew():
    comparison = compare(LAKE, [Document(1, True, {})], {1: "new"}, {1: stored("old")}, {}, lambda *_: True)
    assert (comparison.changes, comparison.unchanged, comparison.updated_hashes) == ((), 1, {"key": "new"})


@pytest.mark.parametrize("digest", ["other", None])
def test_a_row_that_says_something_else_is_an_update(digest):
    assert kinds(stored(digest)) == [ChangeKind.UPDATED]


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
