"""Collect what happens in a run, and make its result."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    LeaseLost,
    OdooMissingModelError,
    RunCancelled,
    SyncError,
)
from odoo_sync_tui.core.result import EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.pipeline.run.request import RunRequest


class ResultCollector:
    """Results, errors and warnings of a run, collected for its end.

    Attributes:
        entities: the results of the entities so far, by name.
        errors: errors for the operator.
        warnings: warnings for the operator.
        is_lease_lost: the lease is lost, so another run records the end.
    """

    def __init__(self, run_id: str, request: RunRequest) -> None:
        self._run_id = run_id
        self._request = request
        self._stopped_by: BaseException | None = None
        self.entities: dict[str, EntityResult] = {}
        self.errors: list[Notice] = []
        self.warnings: list[Notice] = list(_find_idle_fields(request))
        self.is_lease_lost = False

    def add_entity(self, result: EntityResult) -> None:
        """Add the result of an entity that came to its end."""
        self.entities[result.name] = result

    def add_failed_entity(self, result: EntityResult, error: SyncError) -> None:
        """Add the result of an entity that an error ended; a requested stop is no error."""
        self.entities[result.name] = result
        if isinstance(error, OdooMissingModelError):
            self.warnings.append(Notice.from_error(error, result.name))
        elif not isinstance(error, RunCancelled):
            self.errors.append(Notice.from_error(error, result.name))

    def stop(self, error: BaseException) -> None:
        """Add an error that ends the run; the first one decides the outcome."""
        self._stopped_by = self._stopped_by or error
        self.is_lease_lost = self.is_lease_lost or isinstance(error, LeaseLost)
        if isinstance(error, SyncError) and not isinstance(error, RunCancelled):
            notice = Notice.from_error(error)
            if notice.message not in {known.message for known in self.errors}:
                self.errors.append(notice)
        elif not isinstance(error, SyncError):
            self.errors.append(
                Notice("unforeseen", f"An unforeseen {type(error).__name__} stopped the run.", "Please report it.")
            )

    def result(self, seconds: float, retries: int, reason: str = "") -> SyncResult:
        """Make the result of all that was collected so far; ``reason``: who or what stopped the run, if anything."""
        error = self._stopped_by
        not_begun = {entity.name: EntityResult(entity.name, EntityState.NOT_BEGUN) for entity in self._request.entities}
        return SyncResult(
            run_id=self._run_id,
            action=str(self._request.action),
            outcome=self._outcome(),
            entities=not_begun | self.entities,
            errors=tuple(self.errors),
            warnings=tuple(self.warnings),
            duration_seconds=seconds,
            retries=retries,
            dry_run=self._request.scope.dry_run,
            retryable=self.is_lease_lost or (isinstance(error, SyncError) and error.retryable),
            reason=reason,
            selected=self._request.selected,
        )

    def raise_unexpected(self) -> None:
        """Raise the error that ended the run, unless the result says all about it.

        Raises:
            ConfigurationError: something has to be set right first.
            BaseException: the error was not foreseen.
        """
        error = self._stopped_by
        if error is not None and (isinstance(error, ConfigurationError) or not isinstance(error, SyncError)):
            raise error

    def _outcome(self) -> Outcome:
        error = self._stopped_by
        if self.is_lease_lost:
            return Outcome.INTERRUPTED
        if isinstance(error, RunCancelled | KeyboardInterrupt):
            return Outcome.CANCELLED
        states = {entity.state for entity in self.entities.values()}
        if error is None and states <= {EntityState.SUCCESS}:
            return Outcome.SUCCESS
        completed = states & {EntityState.SUCCESS, EntityState.PARTIAL}
        return Outcome.PARTIAL if completed else Outcome.FAILED


def _find_idle_fields(request: RunRequest) -> Iterator[Notice]:
    idle = request.settings.changes.find_idle_fields(request.catalog)
    if idle:
        message = f"changes.fields names what no logged entity has: {', '.join(idle)}. No change of it is logged."
        yield Notice("change_fields", message, "Look at the names in the manual: odoo-sync-tui docs data.")
