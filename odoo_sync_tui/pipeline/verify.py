"""Verifies that the store holds what Odoo has. Needs no lease and writes nothing; what is wrong, a run mends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    OdooError,
    OdooMissingModelError,
    OdooSetupError,
    OdooTransientError,
)
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.run import LeaseState
from odoo_sync_tui.core.verification import LIVE_RUN, EntityVerification, Findings, Found, Verdict, Verification
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.entities import registry
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline.tracker import Tracker, empty_progress
from odoo_sync_tui.pipeline.verify_entity import EntityVerify, Sources
from odoo_sync_tui.settings import Settings
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.integrations import ODOO

VERIFY = "verify"
"""How the progress of a verification is called, where that of a run names its action."""


class Verifier:
    """Compares entities. Made for one use.

    Args:
        store: read only.
        settings: how to reach Odoo.
        on_progress: told some times a second how far the entity in work is.
        cancel: stops it at its next page.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        on_progress: ProgressListener | None = None,
        cancel: CancelToken | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._on_progress = on_progress
        self._cancel = cancel or CancelToken()
        self._errors: list[Notice] = []
        self._warnings: list[Notice] = []

    def verify(self, entities: Sequence[Entity], sample: int | None) -> Verification:
        """Compare these entities, one after the other.

        Args:
            entities: which ones.
            sample: of how many rows of each the content is compared; ``None``: of all. Ids are always all compared.

        Raises:
            ConfigurationError: the operator has to set something right first.
            OdooTransientError, StoreError: one of the two sides cannot be read now.
            RunCancelled: a stop was requested.
        """
        began = time.monotonic()
        before = self._store.leases.state(ODOO)
        config = self._settings.odoo_config(self._store.integrations.config())
        with OdooConnector(config, self._cancel) as connector:
            sources = Sources(connector, self._store, self._cancel, self._settings.sync.block_size, sample)
            verified = [self._verified(entity, sources) for entity in entities]
            self._warnings += connector.warnings
        self._warn_of_a_run_beside(before, self._store.leases.state(ODOO))
        return Verification(
            tuple(verified), sample, tuple(self._errors), tuple(self._warnings), time.monotonic() - began
        )

    def _verified(self, entity: Entity, sources: Sources) -> EntityVerification:
        self._cancel.raise_if_requested()
        progress = empty_progress("", VERIFY, self._settings.operator_name, "", "", datetime.now(UTC))
        tracker = Tracker(progress, [entity.title], self._cancel, self._on_progress)
        tracker.begin(entity.title)
        verify = EntityVerify(entity, sources, tracker)
        try:
            return verify.run()
        except OdooMissingModelError as error:
            return self._unavailable(entity, error)
        except (OdooSetupError, OdooTransientError):
            raise  # the other entities would only meet the same
        except OdooError as error:
            self._errors.append(Notice.of(error, entity.title))
            return _ended(entity, Verdict.UNKNOWN)
        finally:
            self._warnings += verify.warnings

    def _unavailable(self, entity: Entity, error: OdooMissingModelError) -> EntityVerification:
        """Of a model that is not there, every active document is one too many."""
        self._warnings.append(Notice.of(error, entity.title))
        active = self._store.documents.active_count(entity.target)
        if not active:
            return _ended(entity, Verdict.UNAVAILABLE)
        findings = Findings(extra=Found(active))
        return replace(_ended(entity, Verdict.OUT_OF_STEP), stored=active, findings=findings)

    def _warn_of_a_run_beside(self, before: LeaseState | None, after: LeaseState | None) -> None:
        """Name a run that was at work when the verification began, or that began before it ended."""
        began = after if after and (before is None or after.run_id != before.run_id) else None
        lease = before if before and before.live else began
        if lease is not None:
            self._warnings.append(
                Notice(
                    LIVE_RUN,
                    f"A run of {lease.operator} on {lease.host} was at work meanwhile: what it changed may look wrong.",
                    "Verify again when it has ended.",
                )
            )


def chosen(action: Action | None, names: Sequence[str] = ()) -> tuple[Entity, ...]:
    """The entities of an action, or of all (``None``); of them those that are named, if any are.

    Among all actions a name ("users") may mean several entities; their ids ("data_lake:users") are taken as well.

    Raises:
        ConfigurationError: a name that none of them has.
    """
    if action is not None:
        return registry.of_action(action, names)
    known = registry.all_entities()
    unknown = [name for name in names if not any(name in {entity.name, entity.id} for entity in known)]
    if unknown:
        raise ConfigurationError(
            f"There is no entity named {', '.join(unknown)}.",
            f"There are: {', '.join(entity.id for entity in known)}.",
        )
    return tuple(entity for entity in known if not names or {entity.name, entity.id} & set(names))


def _ended(entity: Entity, verdict: Verdict) -> EntityVerification:
    return EntityVerification(entity.id, entity.name, entity.title, entity.action, verdict)
