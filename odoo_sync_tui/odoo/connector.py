"""Facade over one Odoo connection; the only Odoo class the pipeline uses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Self, TypeVar, cast

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.entity import CLOCK_TOLERANCE, Block, Domain, Entity, KnownRow, Page
from odoo_sync_tui.core.errors import OdooSetupError
from odoo_sync_tui.core.reports.health import Expiring
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.run import OdooSource
from odoo_sync_tui.entities import accounts, departments, invoices, opportunities, users
from odoo_sync_tui.entities.masks import describe_masks
from odoo_sync_tui.odoo.calls.missing import MissingRows, classify_missing_rows
from odoo_sync_tui.odoo.calls.page_size import BatchRequest, cut_pages
from odoo_sync_tui.odoo.calls.retry import OnTrouble, Retry
from odoo_sync_tui.odoo.calls.throttle import HostGate, Throttle
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.connection import Connection, ServerInfo, open_connection
from odoo_sync_tui.odoo.expiry import read_expiries
from odoo_sync_tui.odoo.models import Models
from odoo_sync_tui.odoo.renames import RelatedModels
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile, fingerprint_value
from odoo_sync_tui.odoo.rows.ids import MAX_IDS_PER_LIST_CALL, ChangedIds, RowSummary, floor_second, get_row_domain
from odoo_sync_tui.odoo.transport.http import WireRow
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import ChildCancelToken, Future, OrderedResults

T = TypeVar("T")
R = TypeVar("R")


class OdooConnector:
    """A connection to one Odoo server, read-only. Use as a context manager, or call connect and disconnect.

    Calls are made in daemon threads; a cancel request ends the wait for any of them within a fraction of a second.
    Every method that calls Odoo raises :class:`OdooError`, whose class decides what to do next, and ``RunCancelled``.

    Args:
        config: the server.
        cancel: ends waiting, pauses and fetches when requested.
        on_trouble: called before each retry, and with ``None`` when Odoo answers again, from worker threads.
        code_fingerprint: the fingerprint of the code that makes documents of the rows, for :class:`ReadProfile`.
        host_gate: the limit of the host's calls that other processes share; ``None``: there is none.
    """

    def __init__(
        self,
        config: OdooConfig,
        cancel: CancelToken | None = None,
        on_trouble: OnTrouble | None = None,
        *,
        code_fingerprint: str = "",
        host_gate: HostGate | None = None,
    ) -> None:
        self._config = config
        self._code_fingerprint = code_fingerprint
        self._host_gate = host_gate
        self._cancel = cancel or CancelToken()
        self._retry = Retry(config.retry_seconds, on_trouble)
        self._connection: Connection | None = None
        self._related: RelatedModels | None = None
        self._warnings: list[Notice] = []

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def connect(self) -> ServerInfo:
        """Find out the server's version, log in once, and read the user's companies.

        Raises:
            ConfigurationError: address, TLS, database, user or key are wrong (:class:`OdooSetupError` mostly).
            OdooTransientError: the server cannot be reached now.
        """
        self.disconnect()
        config, gate = self._config, self._host_gate
        throttle = Throttle(config.max_calls_in_flight, config.max_calls_per_second, host_gate=gate)
        try:
            self._connection = open_connection(config, self._cancel, self._retry, throttle)
        except BaseException:
            self.disconnect()  # the gate has opened something too
            raise
        self._related = RelatedModels(self._connection)
        return self._connection.server

    def disconnect(self) -> None:
        """Cut off calls under way and end all threads. May be called any number of times, from any thread."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._warnings = connection.notices.all()
            connection.close()
        if self._host_gate is not None:
            self._host_gate.close()

    def read_source(self) -> OdooSource:
        """Read which Odoo this is. Its uuid is ``None`` where the Odoo user may not read it."""
        uuid = self._run_in_pool(self._require_connection().read_database_uuid)
        return OdooSource.of(self._config.url, self._config.database, uuid)

    def read_expiries(self) -> Mapping[Expiring, datetime | None]:
        """Read when the first API key of the user and the certificate end; what is unknown is left out."""
        return self._run_in_pool(partial(read_expiries, self._require_connection()))

    @property
    def related(self) -> RelatedModels:
        """The models of related records.

        Raises:
            OdooSetupError: there is no connection.
        """
        self._require_connection()
        return cast("RelatedModels", self._related)

    @property
    def models(self) -> Models:
        """What Odoo says of its models."""
        return Models(self._require_connection())

    @property
    def retries(self) -> int:
        """The number of retries so far."""
        return self._retry.count

    @property
    def warnings(self) -> list[Notice]:
        """Warnings for the operator, without duplicates: dropped fields, unreadable names, unsafe settings."""
        return self._connection.notices.all() if self._connection else list(self._warnings)

    @property
    def server_time(self) -> datetime | None:
        """The current time of the server's clock, to the second; ``None`` before its first answer."""
        return self._connection.session.server_time if self._connection else None

    def prepare(
        self, entity: Entity, models_without_names: Collection[str] = (), columns: ColumnVerdict | None = None
    ) -> ReadProfile:
        """Find out which wanted fields of an entity can be read.

        Args:
            entity: the entity to read.
            models_without_names: models whose names could not be read the last time: they are tried again now, not by
                the first page that refers to them.
            columns: the verdict of the last run on reading by columns.

        Raises:
            OdooMissingModelError: the application is not installed.
            OdooAccessError: the user may not read the model.
        """
        connection = self._require_connection()
        self._run_in_pool(lambda: connection.get_entity_reader(entity).try_one_row(connection.cancel))
        for model in models_without_names:
            self._run_in_pool(lambda model=model: connection.related_names.check_access(model, connection.cancel))
        reader = connection.get_column_reader(entity)
        if reader and reader.verdict is None:  # else this connection knows better
            reader.verdict = columns
        connection.related_names.read_by_rows(columns.differing if columns else ())
        return self.get_read_profile(entity)

    def prove_columns(self, entity: Entity, row_count: int) -> None:
        """Find out which fields can be read by columns, before the first of so many rows is read."""
        connection = self._require_connection()
        self._run_in_pool(lambda: connection.get_entity_reader(entity).prove_columns(row_count, connection.cancel))

    def get_access_fingerprint(self, entity: Entity) -> str:
        """Get the fingerprint of all that decides which rows of the entity are visible."""
        return fingerprint_value(self._access_parts(entity))

    def get_read_profile(self, entity: Entity) -> ReadProfile:
        """Get all that the reading of the entity depends on now. Odoo is not called again after :meth:`prepare`.

        Fields and names that vanished or became forbidden since then are no longer included.
        """
        connection = self._require_connection()
        plan = self._run_in_pool(lambda: connection.field_plans.get(entity))
        steps = self._run_in_pool(connection.get_currency_steps) if plan.has_money else {}
        nameless = sorted(
            connection.related_names.forbidden_models.intersection(model for _, model in plan.decoder.many2one)
        )
        columns = connection.get_column_reader(entity)
        code_parts = [connection.server.protocol, self._config.language, self._code_fingerprint]
        read_parts = [*code_parts, plan.describe_fields(), sorted(steps.items()), nameless]
        if entity.choice:
            read_parts.append([each.name for each in entity.document_fields])
        read_parts += describe_masks(entity)
        return ReadProfile(
            read_fingerprint=fingerprint_value([*self._access_parts(entity), *read_parts]),
            access_fingerprint=self.get_access_fingerprint(entity),
            missing_fields=plan.missing_names,
            fields=plan.visible_names,
            models_without_names=tuple(nameless),
            columns=columns.verdict if columns else None,
            shapes=plan.shapes,
        )

    def summarize(self, entity: Entity, domain: Domain = ()) -> RowSummary:
        """Read how many rows the entity has, narrowed down by ``domain``, the sum of their ids, and the newest change.

        The newest change is that of all its rows and of its dependent models. A time in the future is cut back to the
        server's own clock, or one clock jump would hide all later changes. It is read before everything else.
        """
        id_reader = self._require_connection().id_reader
        dates = self._run_in_pool(lambda: id_reader.read_newest_beside(entity))
        summary = self._run_in_pool(lambda: id_reader.read_summary(entity.model, get_row_domain(entity)))
        newest = max((each for each in (*dates, summary.newest) if each is not None), default=None)
        now = self.server_time
        if newest and now and newest > now + CLOCK_TOLERANCE:
            newest = now
        return RowSummary(self.count(entity, domain), newest) if domain else replace(summary, newest=newest)

    def count(self, entity: Entity, domain: Domain = ()) -> int:
        """Count the entity's rows, archived ones included; narrowed down further by ``domain``."""
        connection = self._require_connection()
        return self._run_in_pool(
            lambda: connection.client.count(entity.model, (*get_row_domain(entity), *domain), connection.cancel)
        )

    def census(self, entity: Entity, after: int, limit: int, domain: Domain = ()) -> tuple[int, ...]:
        """List up to ``limit`` ids greater than ``after``, ascending, archived rows included; fewer mean the end."""
        id_reader, wanted = self._require_connection().id_reader, (*get_row_domain(entity), *domain)
        return tuple(self._run_in_pool(lambda: id_reader.read_ids(entity.model, wanted, after, limit)))

    def changed_ids(self, entity: Entity, block: Block, since: datetime, domain: Domain = ()) -> tuple[int, ...]:
        """List the ids in the block written at or after ``since``, floored to the second, also by a dependent model."""
        id_reader, start = self._require_connection().id_reader, floor_second(since)
        changed = self._run_in_pool(lambda: list(id_reader.iter_changed_ids(entity, block, start, domain)))
        return tuple(sorted({each for ids in changed for each in ids}))

    def changed_ids_if_few(self, entity: Entity, since: datetime, domain: Domain = ()) -> ChangedIds | None:
        """List the changed ids of all blocks at once; ``None`` where there are more than one call can list."""
        id_reader, start = self._require_connection().id_reader, floor_second(since)
        return self._run_in_pool(lambda: id_reader.read_changed_ids_if_few(entity, start, domain))

    def classify_missing(self, entity: Entity, ids: Sequence[int]) -> MissingRows:
        """Classify rows missing from the census: deleted, moved elsewhere, or hidden.

        Raises:
            OdooError: the server does not answer, or no longer accepts the login.
        """
        connection = self._require_connection()

        def read(chunk: Sequence[int]) -> list[int]:
            batch = BatchRequest(len(chunk), connection.get_page_size(entity))
            rows = connection.client.read(entity.model, chunk, ["write_date"], batch, connection.cancel)
            return [cast("int", row["id"]) for row in rows]

        return self._run_in_pool(
            lambda: classify_missing_rows(ids, read, lambda: connection.client.ping(entity.model, connection.cancel))
        )

    def read_departments(self) -> list[WireRow]:
        """Read ``name`` and ``complete_name`` of every department, archived ones included, by id."""
        connection, names = self._require_connection(), ["name", "complete_name"]
        read = connection.client.search_read
        return self._run_in_pool(lambda: read(departments.ENTITY.model, (), names, connection.cancel))

    def get_page_rows(self, entity: Entity, *, by_rows: bool = False) -> int:
        """Get the number of rows that a task of :meth:`fetch` should have now; it changes with Odoo's answers."""
        return self._require_connection().get_page_rows(entity, by_rows=by_rows)

    def fetch(
        self,
        entity: Entity,
        tasks: Iterable[T],
        get_ids: Callable[[T], Sequence[int]],
        get_known_rows: Callable[[T], Mapping[int, KnownRow]] = lambda _: {},
        *,
        by_rows: bool = False,
    ) -> OrderedResults[T, Page]:
        """Begin to read: each task with its page, in the order of the tasks.

        Rows that equal their known row are listed in the page by id, and not decoded. ``by_rows``: nothing is read by
        columns.

        A task is pulled when there is room for it; calls for the next tasks are under way while the consumer works on
        a page, as many as the server is allowed. Ids that Odoo no longer shows are absent from their page. Close it,
        to stop the calls under way.
        """
        connection = self._require_connection()
        token = ChildCancelToken(connection.cancel)
        reader = connection.get_entity_reader(entity, by_rows=by_rows)

        def start(task: T) -> Future[Page]:
            task_ids, known_rows = tuple(get_ids(task)), get_known_rows(task)
            return connection.thread_pool.submit(lambda: reader.read_page(task_ids, known_rows, token))

        return OrderedResults(tasks, start, lambda: connection.get_max_pages(entity, by_rows=by_rows), token)

    def find_differing_columns(self, entity: Entity, ids: Sequence[int]) -> ColumnVerdict | None:
        """Read rows both ways; return the verdict on columns without the fields that differ, ``None`` if none does."""
        connection = self._require_connection()
        columns, by_rows = connection.get_column_reader(entity), connection.get_entity_reader(entity, by_rows=True)
        if columns is None:
            return None
        return self._run_in_pool(lambda: by_rows.find_differing_columns(columns, ids, connection.cancel))

    def fetch_departments(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Fetch pages of departments: those with ``ids``, or all of them."""
        return self._pages(departments.ENTITY, ids)

    def fetch_users(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Fetch pages of employees: those with ``ids``, or all of them."""
        return self._pages(users.ENTITY, ids)

    def fetch_accounts(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Fetch pages of companies among the partners: those with ``ids``, or all of them."""
        return self._pages(accounts.ENTITY, ids)

    def fetch_opportunities(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Fetch pages of leads and opportunities: those with ``ids``, or all of them."""
        return self._pages(opportunities.ENTITY, ids)

    def fetch_invoices(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Fetch pages of customer invoices and refunds: those with ``ids``, or all of them."""
        return self._pages(invoices.ENTITY, ids)

    def _access_parts(self, entity: Entity) -> list[object]:
        return [self._require_connection().server.access_fingerprint, entity.model, list(entity.domain)]

    def _require_connection(self) -> Connection:
        if self._connection is None:
            raise OdooSetupError("There is no connection to Odoo.", "Connect first.")
        return self._connection

    def _run_in_pool(self, work: Callable[[], R]) -> R:
        connection = self._require_connection()
        return connection.thread_pool.submit(work).result(connection.cancel)

    def _pages(self, entity: Entity, ids: Sequence[int] | None) -> Iterator[Page]:
        chunks = self._chunks(entity, sorted(ids)) if ids is not None else self._census_chunks(entity)
        with closing(self.fetch(entity, chunks, lambda chunk: chunk)) as pages:
            yield from (page for _, page in pages)

    def _census_chunks(self, entity: Entity) -> Iterator[Sequence[int]]:
        after = 0
        while ids := self.census(entity, after, MAX_IDS_PER_LIST_CALL):
            yield from self._chunks(entity, ids)
            after = ids[-1]

    def _chunks(self, entity: Entity, ids: Sequence[int]) -> Iterator[Sequence[int]]:
        yield from (page for page, _ in cut_pages(ids, lambda: self.get_page_rows(entity)) if page)
