"""Lets mongomock 4.3 take the bulk updates of pymongo 4.11 and later, which pass it an argument it does not know.

https://github.com/mongodb/mongo-python-driver/pull/1983 added ``sort`` to updates of a bulk;
https://github.com/mongomock/mongomock/issues/912 is open. Without a sort nothing is asked for, so it may be dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mongomock.collection import BulkOperationBuilder

METHODS = ("add_update", "add_replace")


def _without_sort(method: Callable[..., None]) -> Callable[..., None]:
    def call(*args: Any, sort: object = None, **kwargs: Any) -> None:
        if sort is not None:
            raise NotImplementedError("mongomock does not sort within a bulk")
        method(*args, **kwargs)

    return call


@contextmanager
def bulk_updates() -> Iterator[None]:
    """While entered, mongomock accepts ``UpdateOne`` and ``ReplaceOne`` in ``bulk_write``."""
    originals = {name: getattr(BulkOperationBuilder, name) for name in METHODS}
    for name, method in originals.items():
        setattr(BulkOperationBuilder, name, _without_sort(method))
    try:
        yield
    finally:
        for name, method in originals.items():
            setattr(BulkOperationBuilder, name, method)
