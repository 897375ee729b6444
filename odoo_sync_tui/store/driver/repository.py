"""Base class of all repositories of the store, and the translation of the driver's errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bson.errors import BSONError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from odoo_sync_tui.store.driver.errors import ErrorTranslator

Fields = dict[str, Any]
"""A MongoDB document as the driver hands it over."""


class Repository:
    """Base class of all repositories: some collections of one database."""

    def __init__(self, database: Database[Fields], errors: ErrorTranslator) -> None:
        self._database = database
        self.errors = errors


RepositoryT = TypeVar("RepositoryT", bound=Repository)
Params = ParamSpec("Params")
Result = TypeVar("Result")


def translate_driver_errors(
    operation: str,
) -> Callable[[Callable[Concatenate[RepositoryT, Params], Result]], Callable[Concatenate[RepositoryT, Params], Result]]:
    """Decorate a method of a repository to raise the driver's errors as store errors with the name of the operation.

    ``operation`` completes the sentence "... while ...": ``"reading the audit log"``.
    """

    def decorate(
        method: Callable[Concatenate[RepositoryT, Params], Result],
    ) -> Callable[Concatenate[RepositoryT, Params], Result]:
        @wraps(method)
        def call(self: RepositoryT, /, *args: Params.args, **kwargs: Params.kwargs) -> Result:
            try:
                return method(self, *args, **kwargs)
            except (PyMongoError, BSONError) as error:
                raise self.errors.translate(error, operation) from error

        return call

    return decorate
