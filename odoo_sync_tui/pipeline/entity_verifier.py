"""Verify one entity: compare the census with the ids in the store, and rows with documents.

Reading and comparing follow the rules of a run, so that "in step" means that a full run would change nothing. Where
documents differ because whole columns say something else than rows, the fields at fault are kept for later runs.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from odoo_sync_tui.core.cursor import ColumnVerdict, Cursor
from odoo_sync_tui.core.entity import Block, Entity, Page
from odoo_sync_tui.core.errors import OdooError, OdooSetupError, StoreError
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.reports.verification import (
    EntityVerification,
    Findings,
    IdDigests,
    IdSample,
    RowSlice,
    Verdict,
)
from odoo_sync_tui.core.result import Counts, Notice
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.odoo.calls.page_size import cut_pages
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.odoo.rows.column_reader import describe_column
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.pipeline.entity.compare import compare, needs_fetch
from odoo_sync_tui.pipeline.entity.mapper import Mapper
from odoo_sync_tui.pipeline.entity.plan.planner import walk_blocks
from odoo_sync_tui.pipeline.tracker import Tracker
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.changes import ChangeKind

MAX_EXAMPLES = 5
MAX_VALUE_LENGTH = 80
MAX_ROWS_READ_BOTH_WAYS = 500

_FINDING_BY_CHANGE = {
    ChangeKind.CREATED: "missing",
    ChangeKind.UPDATED: "different",
    ChangeKind.REACTIVATED: "state",
    ChangeKind.DEACTIVATED: "state",
    ChangeKind.RESTATED: "state",
}
"""Finding for each change that a run would make. Nothing is linked in a verification, so LINKED never occurs."""


@dataclass(frozen=True, slots=True)
class VerificationContext:
    """Values that all entities of a verification share.

    Attributes:
        sample: rows to compare of each entity; ``None``: all, or those of ``part``.
        is_read_only: nothing may be written.
        part: the slice of the entity's rows to compare.
        suspects: Odoo ids that are compared in any case.
    """

    connector: OdooConnector
    store: Store
    cancel: CancelToken
    block_size: int
    sample: int | None
    is_read_only: bool
    part: RowSlice | None = None
    suspects: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Candidates:
    """Ids of one block that differ, by finding. Those that Odoo changed since the last sync are only pending."""

    block: Block
    ids: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def add(self, finding: str, odoo_id: int) -> None:
        self.ids.setdefault(finding, []).append(odoo_id)


@dataclass(frozen=True, slots=True)
class _Task:
    """One page to compare; ``last``: the last page of its block."""

    ids: Sequence[int]
    candidates: _Candidates
    last: bool


class _IdDigest:
    """SHA-256 of ids, one a line, as ``sha256sum`` makes it."""

    def __init__(self) -> None:
        self.count = 0
        self._sha256 = hashlib.sha256()

    def add(self, ids: Sequence[int]) -> None:
        self.count += len(ids)
        self._sha256.update("".join(f"{each}\n" for each in ids).encode())

    def read(self) -> tuple[int, str]:
        return self.count, self._sha256.hexdigest()


class EntityVerifier:
    """Compare one entity. Made for one use; writes no document."""

    def __init__(self, entity: Entity, context: VerificationContext, tracker: Tracker) -> None:
        self._entity = entity
        self._sources = context
        self._tracker = tracker
        self._mapper = Mapper(entity, context.store.documents)
        self._findings = Findings()
        self._changed_since: datetime | None = None
        self._odoo_count = 0
        self._census = 0
        self._stored = 0
        self._compared = 0
        self._different_ids: list[int] = []
        self._digests = _IdDigest(), _IdDigest()
        self.warnings: list[Notice] = []

    def run(self) -> EntityVerification:
        """Compare the entity.

        Raises:
            OdooError: Odoo cannot be read.
            StoreError: the store cannot be read.
            RunCancelled: a stop was requested.
        """
        connector, store = self._sources.connector, self._sources.store
        cursor = store.integrations.cursors().get(self._entity.id)
        self._entity = entity = connector.models.resolve(self._entity, cursor)
        self._mapper = Mapper(entity, store.documents)
        basis = (
            connector.prepare(entity, cursor.models_without_names, cursor.columns)
            if cursor
            else connector.prepare(entity)
        )
        self._changed_since = _first_time_after(cursor)
        self._odoo_count = connector.count(entity)
        self._tracker.set_total(entity.title, self._odoo_count)
        self._tracker.set_phase(entity.title, Phase.FETCH)
        # A witness does not look in the way of the accused: what a run has read by columns is read by rows here.
        with closing(connector.fetch(entity, self._tasks(), lambda task: task.ids, by_rows=True)) as pages:
            for task, page in pages:
                self._sources.cancel.raise_if_requested()
                self._compare(task, page)
                if task.last:
                    self._add_findings(task.candidates)
        self._keep_differing_columns(cursor)
        self._warn_of_uncertainty(cursor, basis)
        self._warn_of_shared_values()
        return EntityVerification(
            entity.id,
            entity.name,
            entity.title,
            entity.action,
            Verdict.IN_STEP if self._findings.is_in_step else Verdict.OUT_OF_STEP,
            self._census,
            self._stored,
            self._compared,
            self._findings,
            self._tracker.elapsed_seconds(entity.title),
            IdDigests(*self._digests[0].read(), *self._digests[1].read()),
        )

    # ------------------------------------------------------------------------------------------------ ids

    def _tasks(self) -> Iterator[_Task]:
        connector, entity = self._sources.connector, self._entity
        blocks = walk_blocks(
            lambda after, limit: connector.census(entity, after, limit), self._sources.block_size, self._sources.cancel
        )
        for block, ids in blocks:
            yield from self._pages(block, ids)
            self._census += len(ids)

    def _pages(self, block: Block, ids: Sequence[int]) -> Iterator[_Task]:
        """Compare the ids of a block, and select the rows whose content is compared; at least one page."""
        store, candidates = self._sources.store, _Candidates(block)
        stored = store.documents.find_in_block(self._entity, block)
        quarantined = store.quarantine.ids(self._entity.id, block)
        self._stored += len(stored)
        census_ids = set(ids)
        self._digests[0].add(ids)
        self._digests[1].add(sorted(each for each, found in stored.items() if found.active or each in census_ids))
        for odoo_id in sorted(each for each, existing in stored.items() if existing.active and each not in census_ids):
            candidates.add("extra", odoo_id)
        self._add_finding("quarantined", [each for each in ids if each in quarantined.waiting])
        for odoo_id in ids:
            if odoo_id in quarantined.dismissed:
                candidates.add("dismissed", odoo_id)
            elif odoo_id not in stored and odoo_id not in quarantined.waiting:
                candidates.add("missing", odoo_id)
        present = [
            odoo_id
            for position, odoo_id in enumerate(ids, self._census)
            if (existing := stored.get(odoo_id)) is not None
            and odoo_id not in quarantined.all
            and (self._is_compared(position, odoo_id) or needs_fetch(existing))
        ]
        self._advance(len(ids) - len(present))
        for page, last in cut_pages(present, self._get_page_rows):
            yield _Task(page, candidates, last)

    def _get_page_rows(self) -> int:
        return self._sources.connector.get_page_rows(self._entity, by_rows=True)

    def _is_compared(self, position: int, odoo_id: int) -> bool:
        """Whether this row of the census is compared by content."""
        part = self._sources.part
        if odoo_id in self._sources.suspects:
            return True
        return part.includes(odoo_id) if part else self._is_in_sample(position)

    def _is_in_sample(self, position: int) -> bool:
        """Whether the row at this position of the census is compared: evenly spread, and the same rows every time."""
        sample, rows = self._sources.sample, max(self._odoo_count, 1)
        if sample is None or sample >= rows:
            return True
        return position * sample // rows != (position + 1) * sample // rows

    # ------------------------------------------------------------------------------------------------ contents

    def _compare(self, task: _Task, page: Page) -> None:
        mapped = self._mapper.map_page(page)
        self._add_finding("quarantined", [row.odoo_id for row in mapped.rejected])
        stored = self._sources.store.documents.find_page(self._entity, task.ids, mapped.fields)
        for change in compare(self._entity.target, mapped.documents, {}, stored).changes:
            task.candidates.add(_FINDING_BY_CHANGE[change.kind], change.document.odoo_id)
        self._compared += len(mapped.documents)
        self._advance(len(task.ids))

    def _add_findings(self, candidates: _Candidates) -> None:
        """Add the findings of a block; ids that Odoo has changed since the last sync count as pending."""
        changed: frozenset[int] = frozenset()
        if candidates.ids and self._changed_since is not None:
            changed = frozenset(
                self._sources.connector.changed_ids(self._entity, candidates.block, self._changed_since)
            )
        for finding, ids in candidates.ids.items():
            settled = [odoo_id for odoo_id in ids if odoo_id not in changed]
            self._add_finding("pending", [odoo_id for odoo_id in ids if odoo_id in changed])
            self._add_finding(finding, settled)
            if finding == "different":
                self._collect_different(settled)

    def _add_finding(self, finding: str, ids: Sequence[int]) -> None:
        sample: IdSample = getattr(self._findings, finding)
        self._findings = replace(self._findings, **{finding: sample.add(ids)})

    def _advance(self, rows: int) -> None:
        self._tracker.advance(self._entity.title, rows, Counts())

    # ------------------------------------------------------------------------------------------------ columns

    def _collect_different(self, ids: Sequence[int]) -> None:
        found = [*self._different_ids, *ids]
        self._different_ids = random.sample(found, min(len(found), MAX_ROWS_READ_BOTH_WAYS))

    def _keep_differing_columns(self, cursor: Cursor | None) -> None:
        """Read what differs both ways, and keep the fields whose columns are at fault: runs read them by rows then.

        A document that another program changed, and a row that has changed since, say nothing about columns.
        """
        if not self._different_ids or cursor is None or cursor.columns is None:
            return
        try:
            verdict = self._sources.connector.find_differing_columns(self._entity, sorted(self._different_ids))
        except OdooSetupError:
            raise
        except OdooError:
            return  # a run reads by rows what columns do not answer
        if verdict is None:
            return
        for name in sorted(set(verdict.differing).difference(cursor.columns.differing)):
            self._warn(
                "odoo_columns",
                f"{describe_column(self._entity, name)} differs when Odoo answers whole columns, as in a run.",
                "It is read row by row from now on; sync in full to repair the documents."
                if not self._sources.is_read_only
                else "Verify without read-only, so that runs read it row by row from then on.",
            )
        if not self._sources.is_read_only:
            self._save_verdict(verdict)

    def _save_verdict(self, verdict: ColumnVerdict) -> None:
        try:
            self._sources.store.integrations.save_differing_columns(self._entity.id, verdict)
        except StoreError as error:
            self.warnings.append(Notice.from_error(error, self._entity.title))

    # ------------------------------------------------------------------------------------------------ doubts

    def _warn_of_uncertainty(self, cursor: Cursor | None, basis: ReadProfile) -> None:
        if cursor is None and not self._findings.is_in_step:
            self._warn("never_synced", "No sync of it has come to its end yet.", "Sync first, or repair it.")
        if cursor is not None and cursor.access_fingerprint != basis.access_fingerprint:
            self._warn(
                "other_access",
                "The Odoo user, its companies or the database are not those of the last sync: "
                "what looks extra or different may only be hidden from this user.",
            )
        elif cursor is not None and cursor.read_fingerprint != basis.read_fingerprint:
            self._warn(
                "other_reading",
                "Protocol, language or readable fields are not those of the last sync: "
                "what looks different may only be read otherwise.",
            )
        if self._census < min(self._odoo_count, self._sources.connector.count(self._entity)):
            self._warn(
                "short_census",
                f"Odoo listed {self._census} rows, yet counts {self._odoo_count}: what looks extra may be there.",
                "Verify again; if it stays so, look at the record rules of the Odoo user.",
            )

    def _warn_of_shared_values(self) -> None:
        target = self._entity.target
        shared = self._sources.store.browser.list_shared_values(target)
        if shared:
            examples = ", ".join(sanitize(each.value, MAX_VALUE_LENGTH) for each in shared[:MAX_EXAMPLES])
            more = " and others" if len(shared) > MAX_EXAMPLES else ""
            self._warn(
                "shared_values",
                f"{len(shared)} x one {target.match_field} of several documents, of which one is not linked or not "
                f"active: {examples}{more}.",
                f"The screen of {self._entity.title} lists them; decide which document goes on.",
            )

    def _warn(self, kind: str, message: str, hint: str = "") -> None:
        self.warnings.append(Notice(kind, message, hint, self._entity.title))


def _first_time_after(cursor: Cursor | None) -> datetime | None:
    """First time at which a write in Odoo is later than the last sync; ``None`` before the first sync.

    The second of the cursor itself was read by that sync. Odoo returns times in whole seconds.
    """
    if cursor is None or cursor.write_date is None:
        return None
    return cursor.write_date.replace(microsecond=0) + timedelta(seconds=1)
