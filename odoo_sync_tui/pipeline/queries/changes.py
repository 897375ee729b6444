"""Queries on the change log: entries for programs, versions for people, documents as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType

from odoo_sync_tui.core.changes.entry import LoggedChange
from odoo_sync_tui.core.changes.reading import ChangePage, ChangeQuery, Consumer, DocumentHistory, DocumentVersion
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.details import StoredDocument
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import Store

PAGE_SIZE = 200
MAX_CONSUMER_NAME_LENGTH = 100


class ChangeFeed:
    """Entries of the change log from a position on. A context manager; not for several threads."""

    def __init__(self, store: Store, query: ChangeQuery, after: int) -> None:
        self._reader = store.changes
        self._arrivals = store.open_arrivals()
        self._query = query
        self._after = after

    def read(self, limit: int = PAGE_SIZE) -> ChangePage:
        """Read the next entries, at most ``limit``, and which ones before them are not kept any more."""
        gap = self._reader.find_gap(self._after)
        page = self._reader.page(self._query, gap.through if gap else self._after, limit)
        self._after = page.through
        return ChangePage(page.changes, page.through, page.is_last, gap)

    def wait(self, seconds: float) -> None:
        """Wait for an entry after the last page, at most this long."""
        self._arrivals.wait(self._after, seconds)

    def close(self) -> None:
        """Stop waiting; may be called twice."""
        self._arrivals.close()

    def __enter__(self) -> ChangeFeed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class PastExport:
    """Documents of an entity as they are, or as they were at a moment, one after the other.

    Attributes:
        unknown_ids: Odoo ids of documents that nobody can tell any more how they were; complete at the end.
    """

    def __init__(self, store: Store, entity: Entity, at: datetime | None) -> None:
        self._store = store
        self._entity = entity
        self._at = at
        self.unknown_ids: list[int] = []

    def __iter__(self) -> Iterator[StoredDocument]:
        past, after = self._store.past, 0
        moment = past.find_moment(self._at) if self._at else None
        while after is not None:
            batch = past.read(self._entity, after, moment)
            yield from batch.documents
            self.unknown_ids += batch.unknown_ids
            after = batch.after
        if self._at:  # what it needed may have become too old meanwhile
            require_log_since(self._store, self._entity, self._at)


class ChangeQueries:
    """Read the change log; write only the positions of consumers. Every method may be called from any thread."""

    def __init__(self, store: Store, settings: Settings, catalog: EntityCatalog) -> None:
        self._store = store
        self._settings = settings
        self._catalog = catalog

    def make_query(self, entities: tuple[str, ...] = (), fields: tuple[str, ...] = ()) -> ChangeQuery:
        """Make a query of entities, by name or id, and of fields, by name or pattern.

        Raises:
            ConfigurationError: there is no such entity.
        """
        selected = self._catalog.select(None, entities) if entities else ()
        return ChangeQuery(tuple(entity.id for entity in selected), fields)

    def open_feed(self, query: ChangeQuery, *, consumer: str | None = None, after: int | None = None) -> ChangeFeed:
        """Open the log after the last entry that a consumer acknowledged, else after an entry, else at its beginning.

        Raises:
            ConfigurationError: the name is none for a consumer, or the log does not reach that far.
        """
        known = self._store.consumers.get(_checked_name(consumer)) if consumer is not None else None
        position = known.position if known else after
        if position is None:
            return ChangeFeed(self._store, query, self._store.changes.find_start())
        hint = "It is another lake's, or this lake was restored from an older copy."
        if known:
            hint += " To go on from another entry: odoo-sync-tui changes ack NAME ID --rewind."
        self._require_number(position, hint)
        return ChangeFeed(self._store, query, position)

    def acknowledge(self, consumer: str, number: int) -> Consumer:
        """Move a consumer forward to an entry.

        Raises:
            ConfigurationError: the settings say that nothing is written, or there is no such entry yet.
        """
        self._require_position(consumer, number)
        return self._store.consumers.acknowledge(consumer, number)

    def rewind(self, consumer: str, number: int) -> Consumer:
        """Move a consumer to an entry, also back.

        Raises:
            ConfigurationError: as :meth:`acknowledge`.
        """
        self._require_position(consumer, number)
        return self._store.consumers.rewind(consumer, number)

    def list_consumers(self) -> list[tuple[Consumer, int]]:
        """List the consumers by name, each with how many entries it is behind."""
        last = self._store.changes.find_last_number()
        return [(each, max(0, last - each.position)) for each in self._store.consumers.list()]

    def find_run(self, run_id: str) -> str:
        """Find the run whose id begins so.

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        found = self._store.runs.find_ids(run_id, 2)
        if len(found) != 1:
            problem = "There is no run" if not found else "There are several runs"
            raise ConfigurationError(f"{problem} whose id begins with {run_id}.", "Look at: odoo-sync-tui runs")
        return found[0]

    def list_changes_of_run(self, run_id: str) -> Iterator[LoggedChange]:
        """List what a run changed, in its order, a page at a time."""
        after = 0
        while page := self._store.changes.list_of_run(run_id, after, PAGE_SIZE):
            yield from page
            after = page[-1].number

    def get_history(self, name: str, odoo_id: int) -> DocumentHistory:
        """Get all logged versions of a document.

        Raises:
            ConfigurationError: there is no such entity, or neither a document nor a change of it.
        """
        entity = self.get_entity(name)
        target = entity.target
        line = self._store.browser.get_line(target, odoo_id)
        changes = self._list_of_document(entity.id, odoo_id)
        if line is None and not changes:
            raise ConfigurationError(
                f"There is no document {odoo_id} of {entity.title}, nor was a change of it logged.",
                "Its id is the number at the end of the record's address in Odoo.",
            )
        operators = self._store.runs.list_operators({change.run_id for change in changes})
        versions = tuple(DocumentVersion(change, operators.get(change.run_id, "")) for change in changes)
        since = self._store.past.find_start(entity.id)
        return DocumentHistory(entity.id, odoo_id, line.name if line else "", versions, since)

    def list_run_page(self, run_id: str, limit: int, after: int = 0) -> list[LoggedChange]:
        """List at most ``limit`` changes of a run with numbers above ``after``, in their order."""
        return self._store.changes.list_of_run(run_id, after, limit)

    def open_export(self, name: str, at: datetime | None = None) -> PastExport:
        """Open the documents of an entity as they are, or as they were at a moment.

        Raises:
            ConfigurationError: there is no such entity, or the change log does not reach back to that moment.
        """
        entity = self.get_entity(name)
        if at:
            require_log_since(self._store, entity, at)
        return PastExport(self._store, entity, at)

    def get_entity(self, name: str) -> Entity:
        """Get the one entity of this id or name.

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        if (entity := self._catalog.find(name)) is not None:
            return entity
        found = self._catalog.select(None, (name,))
        if len(found) != 1:
            ids = " and ".join(each.id for each in found)
            raise ConfigurationError(f"There are several entities {name}: {ids}.", "Name one of them so.")
        return found[0]

    def _list_of_document(self, entity_id: str, odoo_id: int) -> list[LoggedChange]:
        changes: list[LoggedChange] = []
        while page := self._store.changes.list_of_document(
            entity_id, odoo_id, changes[-1].number if changes else 0, PAGE_SIZE
        ):
            changes += page
        return changes

    def _require_position(self, consumer: str, number: int) -> None:
        self._settings.ensure_writable()
        _checked_name(consumer)
        self._require_number(number, "Acknowledge an entry that was delivered.")

    def _require_number(self, number: int, hint: str) -> None:
        last = self._store.changes.find_last_number()
        if number > last:
            raise ConfigurationError(f"The change log has no entry {number}: its last one is {last}.", hint)


def require_log_since(store: Store, entity: Entity, at: datetime) -> None:
    """Make sure that documents can be shown as they were at a moment.

    Raises:
        ConfigurationError: they cannot.
    """
    start = store.past.find_start(entity.id)
    if start is None:
        raise ConfigurationError(
            f"The change log of {entity.title} is not complete, so nobody knows how its documents were.",
            "It is complete from the first sync on that logs all of its changes: see [changes] in the settings.",
        )
    if at < start:
        start += timedelta(microseconds=-start.microsecond % 1_000_000)  # a whole second, to be asked for
        raise ConfigurationError(
            f"The change log of {entity.title} begins at {format_local_time(start)}.",
            "Ask for that time or a later one.",
        )
    if at > datetime.now(UTC):
        raise ConfigurationError(f"{format_local_time(at)} is still to come.", "Leave out --as-of for the present.")


def _checked_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or len(name) > MAX_CONSUMER_NAME_LENGTH:
        raise ConfigurationError(
            f"A consumer needs a name of 1 to {MAX_CONSUMER_NAME_LENGTH} characters that can be shown.",
            "Name it after the program that reads: warehouse",
        )
    return name
