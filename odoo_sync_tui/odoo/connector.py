"""The door to Odoo: everything that the pipeline asks of the server goes through here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar, cast

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Block, Domain, Entity, Known, Page
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooSetupError,
    OdooTooBigError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.entities import accounts, departments, invoices, opportunities, users
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.fate import Fate, fate_of
from odoo_sync_tui.odoo.fetch import PageReader, Source
from odoo_sync_tui.odoo.fields import probe
from odoo_sync_tui.odoo.limits import Portion
from odoo_sync_tui.odoo.link import IDS_PER_CALL, Link, Server, open_link
from odoo_sync_tui.odoo.listing import Listing
from odoo_sync_tui.odoo.retry import OnRetry, Retry
from odoo_sync_tui.odoo.row_decoder import Lookups
from odoo_sync_tui.odoo.row_hash import CODE_FINGERPRINT, unchanged
from odoo_sync_tui.odoo.workers import Job, LinkedToken, in_order

T = TypeVar("T")
R = TypeVar("R")

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a ``write_date`` may lie after the server's own clock before it is taken for a clock jump."""


@dataclass(frozen=True, slots=True)
class EntityBasis:
    """What reading an entity depends on.

    Attributes:
        basis: fingerprint of protocol, database, user, companies, model, domain, fields, currencies, language,
            models without names, and of the code that makes documents of rows: with another one the rows are another
            copy.
        access: fingerprint of the part that decides which rows can be seen.
        missing_fields: wanted fields that this server lacks or that the Odoo user may not read.
        fields: the fields that are read, sorted.
        nameless: the models to which rows refer and of which the Odoo user may not read the names, sorted.
    """

    basis: str
    access: str
    missing_fields: tuple[str, ...]
    fields: tuple[str, ...]
    nameless: tuple[str, ...]


class OdooConnector:
    """A connection to one Odoo server, read-only. Use as a context manager, or call connect and disconnect.

    Calls are made in daemon threads; a cancel request ends the wait for any of them within a fraction of a second.
    Every method that asks Odoo raises :class:`OdooError` of the class that says what to do, and ``RunCancelled``.

    Args:
        config: the server.
        cancel: ends waiting, pauses and fetches when requested.
        on_retry: told the error and the pause in seconds before a call is tried again; called from worker threads.
    """

    def __init__(self, config: OdooConfig, cancel: CancelToken | None = None, on_retry: OnRetry | None = None) -> None:
        self._config = config
        self._cancel = cancel or CancelToken()
        self._retry = Retry(config.retry_seconds, on_retry)
        self._link: Link | None = None
        self._warnings: list[Notice] = []
        self.page_size = config.page_size

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()

    # -------------------------------------------------------------------------------------------- the connection

    def connect(self) -> Server:
        """Find out the version, log in once, learn the user's companies.

        Raises:
            ConfigurationError: address, TLS, database, user or key are wrong (:class:`OdooSetupError` mostly).
            OdooTransientError: the server cannot be reached now.
        """
        self.disconnect()
        self._link = open_link(self._config, self._cancel, self._retry)
        return self._link.server

    def disconnect(self) -> None:
        """Cut off calls under way and end all threads. May be called any number of times, from any thread."""
        link, self._link = self._link, None
        if link is not None:
            self._warnings = link.notices.all()
            link.close()

    @property
    def retries(self) -> int:
        """How many times a call was tried again so far."""
        return self._retry.count

    @property
    def warnings(self) -> list[Notice]:
        """What the operator should know, each said once: dropped fields, unreadable names, unsafe settings."""
        return self._link.notices.all() if self._link else list(self._warnings)

    @property
    def server_time(self) -> datetime | None:
        """What the server's clock says now, to the second; ``None`` before it said anything."""
        return self._link.session.server_time if self._link else None

    # -------------------------------------------------------------------------------------------- questions

    def prepare(self, entity: Entity, nameless: Collection[str] = ()) -> EntityBasis:
        """Find out which wanted fields can be read.

        Args:
            entity: what is going to be read.
            nameless: models of which the names could not be read the last time: whether they can be is found out now,
                not by the first page that refers to them.

        Raises:
            OdooMissingModelError: the application is not installed.
            OdooAccessError: the user may not read the model.
        """
        link = self._linked()
        self._run(lambda: self._find_readable(link, entity))
        for model in nameless:
            self._run(lambda model=model: link.names.find_readable(model, link.life))
        return self.basis(entity)

    def basis(self, entity: Entity) -> EntityBasis:
        """What reading the entity depends on now. Odoo is not asked again after :meth:`prepare`.

        Fields and names that vanished or became forbidden since are no longer part of it.
        """
        link = self._linked()
        plan = self._run(lambda: link.plans.of(entity))
        server = link.server
        seen = [server.access, entity.model, list(entity.domain)]
        steps = self._run(link.currency_steps) if plan.has_money else {}
        nameless = sorted(link.names.forbidden.intersection(model for _, model in plan.decoder.many2one))
        how = [server.protocol, self._config.language, CODE_FINGERPRINT]
        read = [*how, plan.fingerprint(), sorted(steps.items()), nameless]
        return EntityBasis(
            basis=_fingerprint([*seen, *read]),
            access=_fingerprint(seen),
            missing_fields=plan.missing,
            fields=plan.shown,
            nameless=tuple(nameless),
        )

    def newest_write_date(self, entity: Entity) -> datetime | None:
        """The newest ``write_date`` among the entity's rows and those it watches; ``None`` when there is none.

        A stamp of the future is cut back to the server's own clock, or one clock jump would hide all later changes.
        """
        listing = Listing(self._linked())
        dates = [self._run(lambda: listing.newest(entity.model, entity.domain))]
        dates += [self._run(lambda watch=watch: listing.newest_watched(watch)) for watch in entity.watches]
        newest = max((each for each in dates if each is not None), default=None)
        now = self.server_time
        return now if newest and now and newest > now + CLOCK_TOLERANCE else newest

    def count(self, entity: Entity, domain: Domain = ()) -> int:
        """How many rows the entity has, archived ones included; further narrowed down by ``domain``."""
        link = self._linked()
        return self._run(lambda: link.caller.count(entity.model, (*entity.domain, *domain), link.life))

    def census(self, entity: Entity, after: int, limit: int, domain: Domain = ()) -> tuple[int, ...]:
        """Up to ``limit`` ids greater than ``after``, ascending, archived rows included; fewer: there are no more."""
        listing = Listing(self._linked())
        return tuple(self._run(lambda: listing.ids(entity.model, (*entity.domain, *domain), after, limit)))

    def changed(self, entity: Entity, block: Block, since: datetime, domain: Domain = ()) -> tuple[int, ...]:
        """Ids in the block written at or after ``since`` (floored to the second), or named by a watched change."""
        return tuple(sorted({each for ids in self._changed(entity, block, since, domain, None) for each in ids}))

    def few_changed(self, entity: Entity, since: datetime, domain: Domain = ()) -> tuple[int, ...] | None:
        """The same for all blocks at once; ``None`` where there are more than one call can list."""
        found: set[int] = set()
        for ids in self._changed(entity, Block(0, None), since, domain, IDS_PER_CALL):
            if len(ids) == IDS_PER_CALL:
                return None
            found.update(ids)
        return tuple(sorted(found))

    def _changed(
        self, entity: Entity, block: Block, since: datetime, domain: Domain, most: int | None
    ) -> Iterator[list[int]]:
        """Ids of rows that were written, then those that each watch names."""
        listing = Listing(self._linked())
        start, whole = since.astimezone(UTC).replace(microsecond=0), (*entity.domain, *domain)
        yield self._run(lambda: listing.within(entity.model, whole, block, start, most))
        for watch in entity.watches:
            yield self._run(lambda watch=watch: listing.watched(watch, block, start, most))

    def fate(self, entity: Entity, ids: Sequence[int]) -> Fate:
        """What became of rows that the census does not hold.

        Raises:
            OdooError: the server does not answer, or no longer knows us.
        """
        link = self._linked()

        def read(chunk: Sequence[int]) -> list[int]:
            portion = Portion(len(chunk), link.limit(entity))
            rows = link.caller.read(entity.model, chunk, ["write_date"], portion, link.life)
            return [cast("int", row["id"]) for row in rows]

        return self._run(lambda: fate_of(ids, read, lambda: link.caller.look(entity.model, link.life)))

    # -------------------------------------------------------------------------------------------- rows

    def fetch(
        self,
        entity: Entity,
        tasks: Iterable[T],
        ids: Callable[[T], Sequence[int]],
        known: Callable[[T], Mapping[int, Known]] = lambda _: {},
    ) -> Iterator[tuple[T, Page]]:
        """One page per task, in the order of the tasks.

        Rows that are as they are ``known`` are named in the page and not decoded.

        Tasks are pulled as there is room for them; calls for the next ones are under way while the consumer works on
        a page, as many as the server is allowed. Ids that Odoo no longer shows are absent from their page. Closing
        the generator stops what is under way.
        """
        link = self._linked()
        token = LinkedToken(link.life)
        source = Source(entity, link.caller, link.plans, link.version.major, link.limit(entity))

        def start(task: T) -> Job[Page]:
            wanted, before = tuple(ids(task)), known(task)
            return link.workers.submit(lambda: _read_page(link, source, wanted, before, token))

        try:
            yield from in_order(tasks, start, self._config.slots + 1, token)
        finally:
            token.request("the page is no longer wanted")

    def fetch_departments(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Pages of departments: those named, or all of them."""
        return self._pages(departments.ENTITY, ids)

    def fetch_users(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Pages of employees: those named, or all of them."""
        return self._pages(users.ENTITY, ids)

    def fetch_accounts(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Pages of companies among the partners: those named, or all of them."""
        return self._pages(accounts.ENTITY, ids)

    def fetch_opportunities(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Pages of leads and opportunities: those named, or all of them."""
        return self._pages(opportunities.ENTITY, ids)

    def fetch_invoices(self, ids: Sequence[int] | None = None) -> Iterator[Page]:
        """Pages of customer invoices and refunds: those named, or all of them."""
        return self._pages(invoices.ENTITY, ids)

    # -------------------------------------------------------------------------------------------- how

    def _linked(self) -> Link:
        if self._link is None:
            raise OdooSetupError("There is no connection to Odoo.", "Connect first.")
        return self._link

    def _run(self, work: Callable[[], R]) -> R:
        link = self._linked()
        return link.workers.submit(work).wait(link.life)

    def _find_readable(self, link: Link, entity: Entity) -> None:
        """Try the plan on one row, so that forbidden fields are known before the first page."""
        plan = link.plans.of(entity)
        source = Source(entity, link.caller, link.plans, link.version.major, link.limit(entity))
        ids = link.caller.search(entity.model, entity.domain, link.life, limit=1)
        if not ids:
            return
        try:
            source.rows(ids, plan.names, link.life)
        except OdooAccessError:
            link.plans.without_forbidden(entity, plan, probe(lambda names: source.rows(ids, ["id", *names], link.life)))
        except (OdooNoAnswerError, OdooPoisonRowError, OdooTooBigError):
            return  # a matter of this row: the fetch will tell

    def _pages(self, entity: Entity, ids: Sequence[int] | None) -> Iterator[Page]:
        chunks = self._chunks(sorted(ids)) if ids is not None else self._own_census(entity)
        for _, page in self.fetch(entity, chunks, lambda chunk: chunk):
            yield page

    def _own_census(self, entity: Entity) -> Iterator[Sequence[int]]:
        after = 0
        while ids := self.census(entity, after, IDS_PER_CALL):
            yield from self._chunks(ids)
            after = ids[-1]

    def _chunks(self, ids: Sequence[int]) -> Iterator[Sequence[int]]:
        for start in range(0, len(ids), self.page_size):
            yield ids[start : start + self.page_size]


def _read_page(link: Link, source: Source, ids: Sequence[int], known: Mapping[int, Known], token: CancelToken) -> Page:
    """Rows of one page, with names and currencies looked up, decoded but for those that are as they are known."""
    reader = PageReader(source, token)
    reader.read(ids)
    wire = [reader.rows[each] for each in sorted(reader.rows)]
    decoder = reader.plan.decoder
    found = {model: link.names.resolve(model, wanted, token) for model, wanted in decoder.related_ids(wire).items()}
    related = {model: resolved.related for model, resolved in found.items()}
    unread = {model: resolved.unread for model, resolved in found.items() if resolved.unread}
    steps = link.currency_steps() if reader.plan.has_money else {}
    hashes = reader.plan.hasher.hashes(wire, related)
    same = unchanged(wire, hashes, known)
    rows, rejected = decoder.decode([row for row in wire if row["id"] not in same], Lookups(related, steps))
    incomplete = decoder.referring(rows, unread) if unread else frozenset[int]()
    return Page(tuple(rows), (*reader.rejected, *rejected), incomplete, hashes, same)


def _fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()[:32]
