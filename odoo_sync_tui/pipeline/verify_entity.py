"""One entity of a verification: the census against the ids in the store, and rows against documents.

It reads as a run does and compares by the same rules, so that "in step" means that a full run would change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Block, Cursor, Entity, Page
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.result import Counts, Notice
from odoo_sync_tui.core.verification import EntityVerification, Findings, Found, Verdict
from odoo_sync_tui.odoo.connector import EntityBasis, OdooConnector
from odoo_sync_tui.pipeline.compare import compare, needs_fetch
from odoo_sync_tui.pipeline.contents import by_content
from odoo_sync_tui.pipeline.mapping import Mapper
from odoo_sync_tui.pipeline.tracker import Tracker
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents import ChangeKind, Stored

_FINDING_OF_CHANGE = {
    ChangeKind.CREATED: "missing",
    ChangeKind.UPDATED: "different",
    ChangeKind.REACTIVATED: "state",
    ChangeKind.DEACTIVATED: "state",
    ChangeKind.RESTATED: "state",
}
"""What the change that a run would make says about the document. Nothing is linked here, so LINKED never comes up."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What all entities of a verification share. ``sample``: rows to compare of each; ``None``: all."""

    connector: OdooConnector
    store: Store
    cancel: CancelToken
    block_size: int
    sample: int | None


@dataclass(slots=True)
class _Suspects:
    """Ids of one block that are out of step, by the finding that they are unless they only lag behind."""

    block: Block
    ids: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def add(self, finding: str, odoo_id: int) -> None:
        self.ids.setdefault(finding, []).append(odoo_id)


@dataclass(frozen=True, slots=True)
class _Task:
    """One page to compare; the last one of a block closes it."""

    ids: Sequence[int]
    stored: Mapping[int, Stored]
    suspects: _Suspects
    last: bool


class EntityVerify:
    """Compares one entity. Made for one use; writes nothing."""

    def __init__(self, entity: Entity, sources: Sources, tracker: Tracker) -> None:
        self._entity = entity
        self._sources = sources
        self._tracker = tracker
        self._mapper = Mapper(entity, sources.store.documents)
        self._findings = Findings()
        self._since: datetime | None = None
        self._counted = 0
        self._census = 0
        self._stored = 0
        self._compared = 0
        self.warnings: list[Notice] = []

    def run(self) -> EntityVerification:
        """Compare the entity.

        Raises:
            OdooError: Odoo cannot be read.
            StoreError: the store cannot be read.
            RunCancelled: a stop was requested.
        """
        connector, entity = self._sources.connector, self._entity
        cursor = self._sources.store.integrations.cursors().get(entity.id)
        basis = connector.prepare(entity, cursor.nameless if cursor else ())
        self._since = _after(cursor)
        self._counted = connector.count(entity)
        self._tracker.total(entity.title, self._counted)
        self._tracker.phase(entity.title, Phase.FETCH)
        for task, page in connector.fetch(entity, self._tasks(), lambda task: task.ids):
            self._sources.cancel.raise_if_requested()
            self._compare(task, page)
            if task.last:
                self._settle(task.suspects)
        self._warn_of_doubts(cursor, basis)
        return EntityVerification(
            entity.id,
            entity.name,
            entity.title,
            entity.action,
            Verdict.IN_STEP if self._findings.in_step else Verdict.OUT_OF_STEP,
            self._census,
            self._stored,
            self._compared,
            self._findings,
            self._tracker.seconds(entity.title),
        )

    # ------------------------------------------------------------------------------------------------ ids

    def _tasks(self) -> Iterator[_Task]:
        for block, ids in self._blocks():
            yield from self._pages(block, ids)
            self._census += len(ids)

    def _blocks(self) -> Iterator[tuple[Block, Sequence[int]]]:
        after, size = 0, self._sources.block_size
        while True:
            self._sources.cancel.raise_if_requested()
            ids = self._sources.connector.census(self._entity, after, size)
            last = len(ids) < size
            yield Block(after, None if last else ids[-1]), ids
            if last:
                return
            after = ids[-1]

    def _pages(self, block: Block, ids: Sequence[int]) -> Iterator[_Task]:
        """Compare the ids of a block, and choose the rows whose content is compared; at least one page."""
        store, suspects = self._sources.store, _Suspects(block)
        stored = store.documents.block(self._entity, block)
        quarantined = store.quarantine.ids(self._entity.id, block)
        self._stored += len(stored)
        seen = set(ids)
        for odoo_id in sorted(each for each, known in stored.items() if known.active and each not in seen):
            suspects.add("extra", odoo_id)
        self._found("quarantined", [each for each in ids if each in quarantined])
        for odoo_id in ids:
            if odoo_id not in stored and odoo_id not in quarantined:
                suspects.add("missing", odoo_id)
        present = [
            odoo_id
            for place, odoo_id in enumerate(ids, self._census)
            if (known := stored.get(odoo_id)) is not None
            and odoo_id not in quarantined
            and (self._in_sample(place) or needs_fetch(known))
        ]
        self._advance(len(ids) - len(present))
        size = self._sources.connector.page_size
        for start in range(0, len(present), size) or range(1):
            page = present[start : start + size]
            last = start + size >= len(present)
            yield _Task(page, {odoo_id: stored[odoo_id] for odoo_id in page}, suspects, last)

    def _in_sample(self, place: int) -> bool:
        """Whether the row at this place of the census is compared: evenly spread, and the same ones every time."""
        sample, rows = self._sources.sample, max(self._counted, 1)
        if sample is None or sample >= rows:
            return True
        return place * sample // rows != (place + 1) * sample // rows

    # ------------------------------------------------------------------------------------------------ contents

    def _compare(self, task: _Task, page: Page) -> None:
        mapped = self._mapper.map(page)
        self._found("quarantined", [row.odoo_id for row in mapped.rejected])
        target, contents = self._entity.target, self._sources.store.contents
        same, stored = by_content(contents, target, mapped.documents, task.stored)
        for change in compare(target, mapped.documents, {}, stored, {}, same).changes:
            task.suspects.add(_FINDING_OF_CHANGE[change.kind], change.document.odoo_id)
        self._compared += len(mapped.documents)
        self._advance(len(task.ids))

    def _settle(self, suspects: _Suspects) -> None:
        """Tell what is wrong in a block from what Odoo has only changed since the last sync."""
        changed: frozenset[int] = frozenset()
        if suspects.ids and self._since is not None:
            changed = frozenset(self._sources.connector.changed(self._entity, suspects.block, self._since))
        for finding, ids in suspects.ids.items():
            self._found("pending", [odoo_id for odoo_id in ids if odoo_id in changed])
            self._found(finding, [odoo_id for odoo_id in ids if odoo_id not in changed])

    def _found(self, finding: str, ids: Sequence[int]) -> None:
        found: Found = getattr(self._findings, finding)
        self._findings = replace(self._findings, **{finding: found.plus(ids)})

    def _advance(self, rows: int) -> None:
        self._tracker.advance(self._entity.title, rows, Counts())

    # ------------------------------------------------------------------------------------------------ doubts

    def _warn_of_doubts(self, cursor: Cursor | None, basis: EntityBasis) -> None:
        if cursor is None and not self._findings.in_step:
            self._warn("never_synced", "No sync of it has come to its end yet.", "Sync first, or repair it.")
        if cursor is not None and cursor.access != basis.access:
            self._warn(
                "other_access",
                "The Odoo user, its companies or the database are not those of the last sync: "
                "what looks extra or different may only be hidden from this user.",
            )
        elif cursor is not None and cursor.basis != basis.basis:
            self._warn(
                "other_reading",
                "Protocol, language or readable fields are not those of the last sync: "
                "what looks different may only be read otherwise.",
            )
        if self._census < min(self._counted, self._sources.connector.count(self._entity)):
            self._warn(
                "short_census",
                f"Odoo listed {self._census} rows, yet counts {self._counted}: what looks extra may be there.",
                "Verify again; if it stays so, look at the record rules of the Odoo user.",
            )

    def _warn(self, kind: str, message: str, hint: str = "") -> None:
        self.warnings.append(Notice(kind, message, hint, self._entity.title))


def _after(cursor: Cursor | None) -> datetime | None:
    """From when on a write in Odoo is later than the last sync; ``None`` before the first.

    The second of the cursor itself was read by that sync. Odoo tells times in whole seconds.
    """
    if cursor is None or cursor.write_date is None:
        return None
    return cursor.write_date.replace(microsecond=0) + timedelta(seconds=1)
