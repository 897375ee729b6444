"""What tests of the store share: one that many of them begin with is filled once, and then copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database


class Copies:
    """The documents of all collections, as they were after the first filling."""

    def __init__(self) -> None:
        self._documents: dict[str, list[dict[str, Any]]] = {}

    def fill(self, database: Database[dict[str, Any]], make: Callable[[], object]) -> None:
        """Fill an empty database: the first one by ``make``, which may take long."""
        if self._documents:
            for name, documents in self._documents.items():
                database[name].insert_many(documents)
            return
        make()
        found = {name: list(database[name].find()) for name in database.list_collection_names()}
        self._documents = {name: documents for name, documents in found.items() if documents}


@pytest.fixture(scope="module")
def copies() -> Copies:
    return Copies()
