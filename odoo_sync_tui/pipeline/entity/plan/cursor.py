"""Decide what a run makes of the cursor of the last one, and which cursor it saves. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from odoo_sync_tui.core.cursor import CensusTotals, Cursor, RelatedState
from odoo_sync_tui.core.entity import CLOCK_TOLERANCE, Entity, FieldChoice
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile

UNVERIFIED = ""
"""Read fingerprint of a cursor that proves nothing about the documents, only the access to the rows."""

NEXT = timedelta(seconds=1)
"""The step between two times, as Odoo tells them."""
MARGIN = timedelta(minutes=1)
"""Allowance for times that are cut to the second, and for the calls between them."""


@dataclass(frozen=True, slots=True)
class CursorDecision:
    """Consequences of a cursor for the run that finds it.

    Attributes:
        since: read the rows written from this time on; ``None``: read all rows.
        compares_contents: stored row hashes prove nothing about the documents: because the rows were read with another
            fingerprint, because documents also hold fields copied from the store, or because the operator requests a
            comparison of the stored content.
        invalidated: the cursor to save until all rows have been read with the present fingerprint; ``None``: the
            stored one stays.
        warnings: warnings for the operator.
    """

    since: datetime | None
    compares_contents: bool
    invalidated: Cursor | None
    warnings: tuple[Notice, ...]

    @classmethod
    def of(
        cls,
        cursor: Cursor | None,
        entity: Entity,
        profile: ReadProfile,
        scope: Scope,
        overlap: timedelta,
        now: datetime | None,
        newest: datetime | None,
    ) -> CursorDecision:
        """Decide about a cursor.

        Args:
            cursor: the cursor of the last run; ``None``: there is none.
            entity: the entity to sync.
            profile: what the reading of its rows depends on now.
            scope: the scope of the run.
            overlap: how far an incremental run looks back behind its cursor.
            now: the time of Odoo's clock; ``None``: unknown.
            newest: Odoo's newest ``write_date``; ``None``: there are no rows.
        """
        proven = cursor if cursor and cursor.read_fingerprint == profile.read_fingerprint else None
        start = proven.write_date if proven and scope.mode is not Mode.FULL else None
        lies_ahead = start is not None and now is not None and start > now + CLOCK_TOLERANCE
        notices: list[Notice] = []
        if cursor and not proven and entity.choice and cursor.read_fingerprint != UNVERIFIED:
            notices.append(_chosen_anew_notice(entity))
        if start and now and lies_ahead:
            notices.append(_clock_warning(start, now, entity))
        window = start - overlap if start and not lies_ahead else None
        # What was written between the newest change and the overlap would never be read.
        if start and window and newest and newest < window:
            notices.append(_moved_back_warning(start, newest, entity))
            window = None
        return cls(
            since=_start_reading(cursor, window, overlap),
            compares_contents=proven is None or scope.reread or bool(entity.references),
            invalidated=_invalidate(cursor) if cursor and not proven else None,
            warnings=tuple(notices),
        )


def is_settled(seen_at: datetime | None, read_at: datetime | None, overlap: timedelta) -> bool:
    """Whether all changes up to the newest one could be seen when it was read the last time.

    It was then known for longer than a slow transaction takes, so that whoever writes later writes a later time. Two
    times of one clock are compared: ``write_date`` may be of another one.

    Args:
        seen_at: when a run first read it.
        read_at: when it was read the last time.
        overlap: how long a slow transaction may take.
    """
    return seen_at is not None and read_at is not None and read_at - seen_at > overlap + MARGIN


def may_skip_census(last: CensusTotals, entity: Entity, scope: Scope, interval: timedelta, now: datetime) -> bool:
    """Whether a run need not list all ids if the totals of both sides are as they should be.

    Args:
        last: the totals of the last run.
        entity: the entity to sync.
        scope: the scope of the run.
        interval: for how long after a census no other one is needed.
        now: the present time.
    """
    if scope.mode is Mode.FULL or scope.is_filtered or scope.reread or entity.name in scope.confirm_retire:
        return False
    return timedelta(0) <= now - last.listed_at < interval


def next_cursor(
    before: Cursor | None,
    profile: ReadProfile,
    profile_at_end: ReadProfile,
    newest: datetime | None,
    run_id: str,
    saved_at: datetime,
    census: CensusTotals | None,
    related: tuple[RelatedState, ...],
    read_at: datetime | None,
    choice: FieldChoice | None = None,
    narrowed: Collection[str] = (),
) -> Cursor:
    """Create the cursor of a run that has stored every row.

    Args:
        before: the cursor of the last run.
        profile: what the reading depended on when the run began.
        profile_at_end: what it depends on now.
        newest: the newest ``write_date`` when the run began.
        run_id: the run.
        saved_at: the present time.
        census: the totals of both sides; ``None``: the next run lists all ids.
        related: the states of the models whose names the documents hold.
        read_at: the time of Odoo's clock when ``newest`` was read.
        choice: the fields that an operator chose.
        narrowed: fields that the user may not read any more since the last run.
    """
    # What an operator chose is described: only a right can be missing. Of the package's fields Odoo may lack some.
    is_described = choice is not None and not choice.parent
    unread = choice.left_out if choice and is_described else profile.missing_fields
    hidden = {*(before.hidden if before else ()), *narrowed, *(profile.missing_fields if is_described else ())}
    cursor = Cursor(
        newest or (before.write_date if before else None),
        profile_at_end.read_fingerprint,
        profile.access_fingerprint,
        run_id,
        saved_at,
        profile.fields,
        profile_at_end.models_without_names,
        profile_at_end.columns,
        census,
        related,
        before.seen_at if before and before.seen_at and before.write_date == newest else read_at,
        read_at,
        choice.patterns if choice else (),
        profile.shapes,
        tuple(sorted(unread)),
        tuple(sorted(hidden.difference(profile.fields))),
    )
    # A field dropped during the run is missing in some documents only: the next run reads all rows alike.
    return cursor if profile_at_end.read_fingerprint == profile.read_fingerprint else _without_proof(cursor)


def _start_reading(cursor: Cursor | None, window: datetime | None, overlap: timedelta) -> datetime | None:
    """Return from when on rows are read: behind the cursor, or from the time before it of which not all was seen."""
    if window and cursor and cursor.write_date and is_settled(cursor.seen_at, cursor.read_at, overlap):
        return cursor.write_date + NEXT
    return window


def _invalidate(cursor: Cursor) -> Cursor | None:
    return None if cursor.read_fingerprint == UNVERIFIED else _without_proof(cursor)


def _without_proof(cursor: Cursor) -> Cursor:
    return replace(cursor, write_date=None, read_fingerprint=UNVERIFIED)


def _chosen_anew_notice(entity: Entity) -> Notice:
    return Notice(
        "declaration",
        "Everything is read again: the declaration, or what Odoo has for it, is not what it was at the last run.",
        "",
        entity.name,
    )


def _clock_warning(start: datetime, now: datetime, entity: Entity) -> Notice:
    """Warn of a cursor ahead of Odoo's clock: rows written since may have an older ``write_date``."""
    return Notice(
        "clock",
        f"The last run read up to {start:%Y-%m-%d %H:%M} UTC, but Odoo's clock says {now:%Y-%m-%d %H:%M} UTC: "
        "everything is read again.",
        "Look after the clock of the Odoo server.",
        entity.name,
    )


def _moved_back_warning(start: datetime, newest: datetime, entity: Entity) -> Notice:
    """Warn of a newest change that is older than what was read already: a restored backup, or many deleted rows."""
    return Notice(
        "moved_back",
        f"The last run read up to {start:%Y-%m-%d %H:%M} UTC, but Odoo's newest change is of {newest:%Y-%m-%d %H:%M} "
        "UTC: everything is read again.",
        "Find out whether Odoo was restored from a backup, or whether its newest rows were deleted.",
        entity.name,
    )
