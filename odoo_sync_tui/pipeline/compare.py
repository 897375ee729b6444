"""What has to be written: documents as Odoo wants them against documents as the store has them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.core.entity import GONE, Document, Target
from odoo_sync_tui.store.documents import Change, ChangeKind, Stored

Same = Callable[[Document, Stored], bool]
"""Whether a stored document holds the content that it should."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes of a page.

    Attributes:
        changes: documents to write.
        unchanged: how many documents need no change.
        renewed: by ``_id``, what the row of an unchanged document says now, where the store remembers otherwise.
    """

    changes: tuple[Change, ...]
    unchanged: int
    renewed: Mapping[object, str] = field(default_factory=dict[object, str])


def compare(
    target: Target,
    documents: Sequence[Document],
    hashes: Mapping[int, str],
    stored: Mapping[int, Stored],
    links: Mapping[int, object],
    same: Same,
) -> Comparison:
    """Sort documents into changes.

    Args:
        target: where they go.
        documents: the documents of the page.
        hashes: what their rows said, by Odoo id.
        stored: what the store has, by Odoo id.
        links: ``_id`` of the local document that a document not stored yet takes over, by Odoo id.
        same: tells whether the content is the one that is stored.
    """
    changes: list[Change] = []
    renewed: dict[object, str] = {}
    for document in documents:
        known, said = stored.get(document.odoo_id), hashes.get(document.odoo_id)
        if known is None:
            changes.append(_new(document, said, links.get(document.odoo_id)))
        elif kind := _kind(target, document, known, same):
            changes.append(Change(kind, document, said, known.key))
        elif said is not None and said != known.hash:
            renewed[known.key] = said
    return Comparison(tuple(changes), len(documents) - len(changes), renewed)


def needs_fetch(known: Stored | None) -> bool:
    """Whether a row must be read although it was not written since the cursor.

    So it is for what the store lacks, for documents that another program wrote or switched on, for those that were
    retired because their row was gone and is in the census again, and for those of which something is still to come.
    """
    if known is None or known.hash is None or known.incomplete:
        return True
    return known.reason is not None if known.active else known.reason in GONE


def _new(document: Document, said: str | None, link: object | None) -> Change:
    kind = ChangeKind.CREATED if link is None else ChangeKind.LINKED
    return Change(kind, document, said, link)


def _kind(target: Target, document: Document, known: Stored, same: Same) -> ChangeKind | None:
    if document.active and not known.active and (known.reason or not target.locally_switchable):
        return ChangeKind.REACTIVATED
    if known.active and not document.active:
        return ChangeKind.DEACTIVATED
    if known.active and known.reason:
        return ChangeKind.RESTATED
    return None if same(document, known) else ChangeKind.UPDATED
