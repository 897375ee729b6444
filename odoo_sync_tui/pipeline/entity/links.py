"""Decide which new documents take over a local one of another program, when all rows are known.

Whose a local document is follows from facts alone: who holds the value now, in Odoo and in the store. Neither the order
of rows, nor pages, blocks or an earlier part of the run that was cut off have a say in it.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.entity import BrokenRule, Document, Entity, RejectedRow
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.store.documents.changes import Change, ChangeKind, reject
from odoo_sync_tui.store.documents.document_store import Documents, Holder

MAX_EXAMPLES = 5
"""Number of cases that a warning describes; the screen of the entity lists them all."""

MAX_TEXT_LENGTH = 80


@dataclass(frozen=True, slots=True)
class LinkDecision:
    """Changes that write the documents that were held back, rows that cannot be decided yet, and warnings."""

    changes: Sequence[Change]
    rejected: Sequence[RejectedRow]
    warnings: Sequence[Notice]


class LinkDecider:
    """Hold back the new documents of one entity that may take over a local document, and decide them at the end.

    A document that is lost because the run ends before is read again by the next run: the store lacks it.
    """

    def __init__(self, entity: Entity, documents: Documents) -> None:
        self._entity = entity
        self._stored = documents
        self._held: dict[int, Change] = {}

    @property
    def held_ids(self) -> Collection[int]:
        """The Odoo ids of the documents that are held back."""
        return self._held.keys()

    def hold_back(
        self, documents: Sequence[Document], stored: Container[int], hashes: Mapping[int, str]
    ) -> Sequence[Document]:
        """Keep the new active documents whose value an unlinked document holds; return the others.

        One statement a page, and none for a page without new documents.
        """
        values = {
            document.odoo_id: value
            for document in documents
            if document.active and document.odoo_id not in stored and (value := self._value_of(document))
        }
        claimed = self._stored.find_unlinked_values(self._entity.target, values.values())
        held = {odoo_id for odoo_id, value in values.items() if value in claimed}
        for document in documents:
            if document.odoo_id in held:
                row_hash = hashes.get(document.odoo_id)
                self._held[document.odoo_id] = Change(ChangeKind.CREATED, document, row_hash)
        return [document for document in documents if document.odoo_id not in held] if held else documents

    def decide(self, *, knows_all_rows: bool) -> LinkDecision:
        """Decide the documents that were held back; none is held any more.

        A document is linked where it is the only new one with its value, no active document of another row holds the
        value, and there is exactly one unlinked document, which contradicts it in no identity field.

        Args:
            knows_all_rows: whether the run has read every row; else another row may have the value too.

        Raises:
            StoreError: the holders of the values cannot be read.
        """
        held, self._held = self._held, {}
        by_value: dict[str, list[Change]] = {}
        for change in held.values():
            by_value.setdefault(self._value_of(change.document), []).append(change)
        holders = self._stored.find_holders(self._entity.target, by_value)
        if not knows_all_rows:
            return LinkDecision((), [self._reject(change, holders) for change in held.values()], ())
        changes: list[Change] = []
        doubtful: list[str] = []
        shared: list[str] = []
        for value, claims in sorted(by_value.items()):
            others = [each for each in holders.get(value, ()) if each.odoo_id not in held]
            unlinked = [each for each in others if each.odoo_id is None]
            case = _identify(others, [change.document.odoo_id for change in claims])
            if self._is_clear(claims, unlinked, others):
                changes.append(claims[0]._replace(kind=ChangeKind.LINKED, key=unlinked[0].key))
                if len(others) > 1:
                    shared.append(case)
                continue
            changes += claims
            if unlinked:
                doubtful.append(case)
        warnings = [
            *self._warn(
                "link_doubtful",
                doubtful,
                "one {field} of several, so that nothing was linked",
                "Decide which document goes on, and remove the other.",
            ),
            *self._warn(
                "link_shared",
                shared,
                "a local document was linked by a {field} that an inactive document has too",
                "Look whether it is the same person.",
            ),
        ]
        return LinkDecision(changes, (), warnings)

    def _value_of(self, document: Document) -> str:
        field = self._entity.target.match_field
        value = document.owned.get(field) if field else None
        return value if isinstance(value, str) else ""

    def _is_clear(self, claims: Sequence[Change], unlinked: Sequence[Holder], others: Iterable[Holder]) -> bool:
        if len(claims) != 1 or len(unlinked) != 1 or any(each.active and each.odoo_id is not None for each in others):
            return False
        owned = claims[0].document.owned
        return all(known in (None, owned.get(field)) for field, known in unlinked[0].identity.items())

    def _reject(self, change: Change, holders: Mapping[str, Sequence[Holder]]) -> RejectedRow:
        value = self._value_of(change.document)
        unlinked = [each for each in holders.get(value, ()) if each.odoo_id is None]
        return reject(
            change,
            BrokenRule.OWNER,
            f"It may belong to a document of another program: {_describe_case(value, unlinked)}. Whether another row "
            "has the same value, only a run without a filter can tell: run one.",
        )

    def _warn(self, kind: str, cases: Sequence[str], words: str, hint: str) -> Iterable[Notice]:
        if cases:
            field, name = self._entity.target.match_field, self._entity.name
            more = f"; and {len(cases) - MAX_EXAMPLES} more" if len(cases) > MAX_EXAMPLES else ""
            message = f"{len(cases)} x {words.format(field=field)}: {'; '.join(cases[:MAX_EXAMPLES])}{more}."
            yield Notice(kind, message, f"{hint} The screen of {name} lists all such cases.", name)


def _describe_case(value: str, holders: Iterable[Holder]) -> str:
    """Describe who has a value: ``"info@acme.example (local document 7f Ada, Odoo id 5 Bob)"``."""
    return f"{sanitize(value, MAX_TEXT_LENGTH)} ({_join([describe_holder(each) for each in holders])})"


def _identify(holders: Iterable[Holder], new_ids: Sequence[int]) -> str:
    """Say who has a value, without it and without names: what a run says stays in the audit history for ever."""
    words = [describe_holder(each._replace(name="")) for each in holders]
    return _join([*words, *(f"new Odoo id {each}" for each in new_ids)])


def _join(words: Sequence[str]) -> str:
    more = [f"{len(words) - MAX_EXAMPLES} more"] if len(words) > MAX_EXAMPLES else []
    return ", ".join([*words[:MAX_EXAMPLES], *more])


def describe_holder(holder: Holder) -> str:
    """Describe a document in a sentence, by its Odoo id or, where it has none, its own, and its name."""
    identity = f"local document {holder.key}" if holder.odoo_id is None else f"Odoo id {holder.odoo_id}"
    state = "" if holder.active else ", inactive"
    return sanitize(f"{identity} {holder.name}".strip(), MAX_TEXT_LENGTH) + state
