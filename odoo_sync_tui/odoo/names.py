"""Names of related records, asked once per record.

Many2one names inside rows make Odoo's answers up to six times slower; rows travel with bare ids instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Related
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooPoisonRowError,
    OdooTooBigError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.values import decode_text
from odoo_sync_tui.odoo.workers import POLL_SECONDS

ReadNames = Callable[[str, list[int], CancelToken], dict[int, object]]
"""Asks the display names of some records of a model in one call; those that Odoo does not show are absent."""

KEPT_PER_MODEL = 200_000
"""Names kept of one model, about 30 MB; the oldest go first and are asked again when needed."""
HOPELESS = 50
"""So many names of a model that fail, and none that can be read: then no more are asked."""

Warn = Callable[[Notice], None]


class Names:
    """Display names by model and id, shared by all threads: no name is asked twice, nor by two threads at once."""

    def __init__(self, read: ReadNames, warn: Warn, page_size: int) -> None:
        self._read = read
        self._warn = warn
        self._page_size = page_size
        self._changed = threading.Condition()
        self._known: dict[str, dict[int, Related]] = {}
        self._being_asked: dict[str, set[int]] = {}
        self._missed: dict[str, int] = {}
        self._closed: set[str] = set()  # models whose names may not be read

    def resolve(self, model: str, ids: Collection[int], cancel: CancelToken) -> dict[int, Related]:
        """All ``ids`` with their names; a name that cannot be read is ``None``.

        Raises:
            OdooTransientError: Odoo could not be asked.
            RunCancelled: a stop was requested.
        """
        found: dict[int, Related] = {}
        while open_ids := self._collect(model, ids, found):
            if mine := self._claim(model, open_ids):
                self._ask(model, mine, found, cancel)
            else:
                self._wait(cancel)
        return found

    def _collect(self, model: str, ids: Collection[int], found: dict[int, Related]) -> list[int]:
        """Move what is known into ``found``; the rest."""
        with self._changed:
            if model in self._closed:
                found.update((each, Related(each, None)) for each in ids if each not in found)
                return []
            known = self._known.setdefault(model, {})
            found.update((each, known[each]) for each in ids if each not in found and each in known)
        return [each for each in ids if each not in found]

    def _claim(self, model: str, ids: list[int]) -> list[int]:
        """Those that no other thread is asking at the moment, one page at most."""
        with self._changed:
            asked = self._being_asked.setdefault(model, set())
            mine = sorted(each for each in ids if each not in asked)[: self._page_size]
            asked.update(mine)
        return mine

    def _wait(self, cancel: CancelToken) -> None:
        cancel.raise_if_requested()
        with self._changed:
            self._changed.wait(POLL_SECONDS)

    def _ask(self, model: str, ids: list[int], found: dict[int, Related], cancel: CancelToken) -> None:
        try:
            names = self._read_some(model, ids, cancel)
            found.update((each, Related(each, self._name(model, names.get(each)))) for each in ids)
        except (
            OdooAccessError,
            OdooContractError,
            OdooMissingModelError,
            OdooPoisonRowError,
            OdooTooBigError,
        ):
            self._close(model)
        finally:
            self._settle(model, ids, found)

    def _read_some(self, model: str, ids: list[int], cancel: CancelToken) -> dict[int, object]:
        """Halve what fails, so that one bad name costs only itself."""
        try:
            return self._read(model, ids, cancel)
        except (OdooPoisonRowError, OdooTooBigError) as error:
            if len(ids) == 1:
                self._miss(model, ids[0], error)
                return {}
        middle = len(ids) // 2
        return self._read_some(model, ids[:middle], cancel) | self._read_some(model, ids[middle:], cancel)

    def _miss(self, model: str, record: int, error: OdooError) -> None:
        with self._changed:
            self._missed[model] = self._missed.get(model, 0) + 1
            if self._missed[model] >= HOPELESS and not self._known[model]:
                raise error
        self._warn(Notice("odoo_names", f"The name of {model} {record} cannot be read. {error.message}", error.hint))

    def _name(self, model: str, value: object) -> str | None:
        try:
            return decode_text(value)
        except ValueError as error:
            self._warn(Notice("odoo_names", f"A name in {model} cannot be read: {error}."))
            return None

    def _close(self, model: str) -> None:
        with self._changed:
            self._closed.add(model)
        self._warn(
            Notice(
                "odoo_names",
                f"The names of {model} cannot be read; documents hold only the ids.",
                f"Give the Odoo user the right to read {model}.",
            )
        )

    def _settle(self, model: str, ids: list[int], found: dict[int, Related]) -> None:
        with self._changed:
            self._being_asked[model].difference_update(ids)
            known = self._known[model]
            known.update((each, found[each]) for each in ids if each in found)
            for each in list(known)[: max(0, len(known) - KEPT_PER_MODEL)]:
                del known[each]
            self._changed.notify_all()
