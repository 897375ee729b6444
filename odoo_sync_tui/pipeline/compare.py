"""What has to be written: documents as Odoo wants them against documents as the store has them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.entity import Document, InactiveReason, Target
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.store.documents import Change, ChangeKind, Stored

FIGURE = {
    ChangeKind.CREATED: "created",
    ChangeKind.LINKED: "updated",
    ChangeKind.UPDATED: "updated",
    ChangeKind.REACTIVATED: "reactivated",
    ChangeKind.DEACTIVATED: "deactivated",
}
"""The figure of a result that counts each kind of change."""


GONE = frozenset({InactiveReason.DELETED, InactiveReason.ELSEWHERE, InactiveReason.HIDDEN})
"""Reasons of documents whose row was not in the census."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes of a page, and how many of its documents need none."""

    changes: tuple[Change, ...]
    unchanged: int


def compare(
    target: Target, documents: Sequence[tuple[Document, str]], stored: Mapping[int, Stored], links: Mapping[int, object]
) -> Comparison:
    """Sort documents into changes.

    Args:
        target: where they go.
        documents: each document of the page with the hash of its content.
        stored: what the store has, by Odoo id.
        links: ``_id`` of the local document that a document not stored yet takes over, by Odoo id.
    """
    changes: list[Change] = []
    for document, digest in documents:
        known = stored.get(document.odoo_id)
        if known is None:
            changes.append(_new(document, digest, links.get(document.odoo_id)))
        elif kind := _kind(target, document, digest, known):
            changes.append(Change(kind, document, digest, known.key))
    return Comparison(tuple(changes), len(documents) - len(changes))


def count(changes: Iterable[Change]) -> Counts:
    """The figures that these changes amount to."""
    figures = dict.fromkeys(FIGURE.values(), 0)
    for change in changes:
        figures[FIGURE[change.kind]] += 1
    return Counts(**figures)


def needs_fetch(known: Stored | None) -> bool:
    """Whether a row must be read although it was not written since the cursor.

    So it is for what the store lacks, for documents that another program wrote, for those that were retired because
    their row was gone and is in the census again, and for those of which something is still to come.
    """
    return known is None or known.hash is None or known.incomplete or known.reason in GONE


def _new(document: Document, digest: str, link: object | None) -> Change:
    kind = ChangeKind.CREATED if link is None else ChangeKind.LINKED
    return Change(kind, document, digest, link)


def _kind(target: Target, document: Document, digest: str, known: Stored) -> ChangeKind | None:
    if document.active and not known.active and (known.reason or not target.locally_switchable):
        return ChangeKind.REACTIVATED
    if known.active and not document.active:
        return ChangeKind.DEACTIVATED
    return None if digest == known.hash else ChangeKind.UPDATED
