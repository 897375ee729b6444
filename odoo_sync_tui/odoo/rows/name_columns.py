"""Reading of the names of one model by the column that holds them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.core.errors import OdooError, OdooSetupError
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize, BatchRequest
from odoo_sync_tui.odoo.rows.column_reader import MIN_ROWS_BY_COLUMNS
from odoo_sync_tui.odoo.rows.columns import BrokenColumnsError, choose_name_column, make_names
from odoo_sync_tui.runtime.cancel import CancelToken

NAMES_IN_SAMPLE = 100
MAX_NAME_FAILURES = 3
"""Number of failures after which no more names of a model are read by columns."""
MAX_SPAN_PER_NAME = 64
"""How many ids may be covered for each name that is wanted: names that come unasked cost less than a call."""
NAMES_SUFFIX = ".display_name"
"""Stands behind the model whose names differ, in a verdict on columns."""

ReadNames = Callable[[Sequence[int]], Mapping[int, object]]
"""Read names by rows."""


@dataclass(slots=True)
class NameColumnReader:
    """Reader of the names of one model by the column that holds them, where there is one and a sample agrees."""

    model: str
    client: ModelClient
    major_version: int
    page_size: AdaptivePageSize
    _name: str | None = None
    _is_proven: bool = False
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def block_size(self) -> int:
        """The number of names to read at once."""
        return self.page_size.size

    @property
    def is_usable(self) -> bool:
        """Whether names may be read by a column, as far as is known now."""
        return self._failures < MAX_NAME_FAILURES and not (self._is_proven and self._name is None)

    def choose_span(self, ids: Sequence[int], max_size: int) -> range | None:
        """Choose a range around the first of the sorted ``ids`` to read in one call; ``None`` where too few are near.

        Ranges of the same size do not overlap, so that no name is read twice. ``max_size``: no larger one is wanted.
        """
        size = self.block_size
        is_dense = ids[-1] - ids[0] <= len(ids) * MAX_SPAN_PER_NAME
        if not is_dense or len(ids) < MIN_ROWS_BY_COLUMNS or size > max_size:
            return None
        start = ids[0] // size * size
        return range(start, start + size)

    def read(
        self, ids: Sequence[int], span: range | None, read_names: ReadNames, cancel: CancelToken
    ) -> dict[int, str]:
        """Read the names of ``ids``, as far as that is possible and proven; the others are absent.

        Args:
            ids: the records.
            span: the names of all records with these ids are read instead.
            read_names: reads names by rows, to prove those of the column.
            cancel: ends the reading.

        Raises:
            OdooSetupError: no call can succeed.
            RunCancelled: a stop was requested.
        """
        if len(ids) < MIN_ROWS_BY_COLUMNS or not self.is_usable:
            return {}
        try:
            with self._lock:
                if not self._is_proven:
                    self._name, self._is_proven = self._prove(ids, read_names, cancel), True
            return self._read_column(self._name, span or ids, cancel) if self._name else {}
        except OdooSetupError:
            raise
        except (OdooError, BrokenColumnsError):
            self._failures += 1
            return {}

    def differs(self, ids: Sequence[int], read_names: ReadNames, cancel: CancelToken) -> bool:
        """Whether the column that might hold the names holds others for some of these records.

        Raises:
            OdooError: the names cannot be read in one of the ways.
            RunCancelled: a stop was requested.
        """
        name = self._find_column(cancel)
        try:
            return name is not None and self._compare(name, ids, read_names, cancel) is None
        except BrokenColumnsError:
            return False

    def _prove(self, ids: Sequence[int], read_names: ReadNames, cancel: CancelToken) -> str | None:
        """Find the column of the names, and compare a sample with the names themselves."""
        name = self._find_column(cancel)
        sample = random.sample(ids, min(NAMES_IN_SAMPLE, len(ids)))
        return name if name and self._compare(name, sample, read_names, cancel) else None

    def _find_column(self, cancel: CancelToken) -> str | None:
        described = self.client.fields_get(self.model, ["display_name"], cancel, ("depends", "store"))
        return choose_name_column(described.get("display_name", {}), self.major_version)

    def _compare(self, name: str, ids: Sequence[int], read_names: ReadNames, cancel: CancelToken) -> int | None:
        """Read names both ways; return how many the column holds, ``None`` if one differs. What differs, twice."""
        found = 0
        for _ in range(2):
            names = read_names(ids)
            texts = self._read_column(name, ids, cancel)
            found = found or len(texts)
            ids = [each for each, text in texts.items() if names.get(each) != text]
            if not ids:
                return found
        return None

    def _read_column(self, name: str, ids: Sequence[int], cancel: CancelToken) -> dict[int, str]:
        leaves = (("id", ">=", ids[0]), ("id", "<=", ids[-1])) if isinstance(ids, range) else (("id", "in", list(ids)),)
        batch = BatchRequest(len(ids), self.page_size)
        columns = self.client.read_columns(self.model, leaves, ["id", name], self.major_version, batch, cancel)
        return make_names(columns, name, ids)
