"""The change log for Python programs: entries from where a consumer stopped, each until it is acknowledged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType

from odoo_sync_tui.core.changes.entry import LoggedChange
from odoo_sync_tui.core.errors import ChangesMissed
from odoo_sync_tui.pipeline.catalog import build_catalog
from odoo_sync_tui.pipeline.queries.changes import ChangeFeed, ChangeQueries
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import open_store

WAIT_SECONDS = 1.0
"""How long one wait for an entry takes at most: so long :meth:`ChangeSubscription.close` may go unnoticed."""


class ChangeSubscription:
    """Entries of the change log, one after the other. Iterate over it in one thread; made by :func:`subscribe`.

    An entry that was not acknowledged is delivered again when the program subscribes anew, so each comes at least
    once, in the order in which the changes were logged.
    """

    def __init__(
        self, feed: ChangeFeed, acknowledge: Callable[[int], object], close: Callable[[], None], *, follow: bool
    ) -> None:
        self._feed = feed
        self._acknowledge = acknowledge
        self._close = close
        self._follow = follow
        self._ready: deque[LoggedChange] = deque()
        self._is_closed = False

    def __iter__(self) -> ChangeSubscription:
        return self

    def __next__(self) -> LoggedChange:
        """Return the next entry; wait for it where the subscription follows the log.

        Raises:
            ChangesMissed: entries are not kept any more; the next call goes on with the first one that is.
            SyncError: the store cannot be read.
            StopIteration: there is no further entry, or the subscription is closed.
        """
        while not self._ready:
            if self._is_closed:
                raise StopIteration
            page = self._feed.read()
            self._ready.extend(page.changes)
            if page.gap:
                raise ChangesMissed(page.gap.message, page.gap.after, page.gap.through)
            if page.is_last and not self._ready:
                if not self._follow:
                    raise StopIteration
                self._feed.wait(WAIT_SECONDS)
        return self._ready.popleft()

    def ack(self, change: LoggedChange) -> None:
        """Acknowledge an entry, and with it all before it: they are not delivered again.

        Raises:
            ConfigurationError: the subscription has no consumer, or the settings say that nothing is written.
            SyncError: the store cannot be written.
        """
        self._acknowledge(change.number)

    def close(self) -> None:
        """End the iteration and close the store; may be called twice, and from any thread."""
        if not self._is_closed:
            self._is_closed = True
            self._ready.clear()
            self._close()

    def __enter__(self) -> ChangeSubscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def subscribe(
    settings: Settings,
    consumer: str,
    *,
    entities: Sequence[str] = (),
    fields: Sequence[str] = (),
    follow: bool = True,
) -> ChangeSubscription:
    """Subscribe to the change log, from the last entry that a consumer acknowledged on.

    Args:
        settings: the settings of the lake, as :func:`load_settings` gives them.
        consumer: name under which the position is kept; each program has one of its own.
        entities: names or ids of the wanted entities; none: all.
        fields: names or patterns of fields of which one must have changed ("stage_id", "x_*"); none: all.
        follow: wait for further entries at the end of the log; else the iteration ends there.

    Raises:
        ConfigurationError: the store cannot be opened with these settings, or there is no such entity.
        StoreUnavailable: the store cannot be reached now.
    """
    with ExitStack() as stack:
        store = stack.enter_context(open_store(settings.build_mongo_config()))
        queries = ChangeQueries(store, settings, build_catalog(settings))
        query = queries.make_query(tuple(entities), tuple(fields))
        feed = stack.enter_context(queries.open_feed(query, consumer=consumer))
        return ChangeSubscription(
            feed, lambda number: queries.acknowledge(consumer, number), stack.pop_all().close, follow=follow
        )
