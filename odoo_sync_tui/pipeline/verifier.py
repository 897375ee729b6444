"""Verify that the store holds the rows of Odoo. Needs no lease and writes no document; a run repairs differences."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import OdooError, OdooMissingModelError, OdooSetupError, OdooTransientError, SyncError
from odoo_sync_tui.core.reports.verification import (
    LIVE_RUN_KIND,
    EntityVerification,
    Findings,
    IdSample,
    Proof,
    Verdict,
    Verification,
    renew_proof,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.run import INTEGRATION, LeaseState
from odoo_sync_tui.pipeline.entity_verifier import EntityVerifier, VerificationContext
from odoo_sync_tui.pipeline.run.store_guard import ensure_mask_key, ensure_same_source
from odoo_sync_tui.pipeline.task import PipelineTask, make_connector
from odoo_sync_tui.pipeline.tracker import Tracker, empty_progress

LOG = logging.getLogger(__name__)

VERIFY_ACTION = "verify"
"""Name of a verification in its progress, in place of a run's action."""


class Verifier(PipelineTask):
    """Compare entities. Its progress is that of the entity at work."""

    def verify(self, entities: Sequence[Entity], sample: int | None, percent: int | None = None) -> Verification:
        """Compare entities, one after the other, and keep what is proved.

        Args:
            entities: the entities to compare.
            sample: of how many rows of each to compare the content; ``None``: of all. Ids are always all compared.
            percent: compare the content of the next slice of the rows instead, of so many percent.

        Raises:
            ConfigurationError: the operator has to set something right first.
            OdooTransientError, StoreError: one of the two servers cannot be read now.
            RunCancelled: a stop was requested.
        """
        self._errors: list[Notice] = []
        self._warnings: list[Notice] = []
        started = time.monotonic()
        before = self._store.leases.state(INTEGRATION)
        ensure_mask_key(self._store, entities)
        with make_connector(self._settings, self._store, self._cancel) as connector:
            ensure_same_source(self._store.integrations.source(), connector.read_source())
            block_size, is_read_only = self._settings.sync.block_size, self._settings.is_read_only
            shared = VerificationContext(connector, self._store, self._cancel, block_size, sample, is_read_only)
            proofs = self._store.evidence.read().proofs
            contexts = {each.id: _narrow(shared, proofs.get(each.id), percent) for each in entities}
            left = self._store.erasures.leave_out(entities)
            entity_results = [self._verify_entity(entity, contexts[entity.id]) for entity in left]
            self._warnings += connector.warnings
        is_alone = not self._warn_of_concurrent_run(before, self._store.leases.state(INTEGRATION))
        for found in entity_results:
            if is_alone and not is_read_only and found.verdict in {Verdict.IN_STEP, Verdict.OUT_OF_STEP}:
                self._keep_proof(proofs.get(found.id), found, contexts[found.id])
        notices, seconds = (tuple(self._errors), tuple(self._warnings)), time.monotonic() - started
        return Verification(tuple(entity_results), sample, *notices, seconds, percent)

    def _keep_proof(self, known: Proof | None, found: EntityVerification, context: VerificationContext) -> None:
        proof = renew_proof(known, found, datetime.now(UTC), context.sample, context.part)
        try:
            self._store.evidence.save_proof(found.id, proof)
        except SyncError as error:  # who may only read has the verification all the same
            LOG.warning("What is proved of %s could not be kept: %s", found.title, error)

    def _verify_entity(self, entity: Entity, sources: VerificationContext) -> EntityVerification:
        self._cancel.raise_if_requested()
        progress = empty_progress("", VERIFY_ACTION, self._settings.operator_name, "", "", datetime.now(UTC))
        tracker = Tracker(progress, [entity.title], self._cancel, self._on_progress)
        tracker.begin(entity.title)
        verifier = EntityVerifier(entity, sources, tracker)
        try:
            return verifier.run()
        except OdooMissingModelError as error:
            return self._unavailable(entity, error)
        except (OdooSetupError, OdooTransientError):
            raise  # the other entities would only meet the same
        except OdooError as error:
            self._errors.append(Notice.from_error(error, entity.title))
            return _without_comparison(entity, Verdict.UNKNOWN)
        finally:
            self._warnings += verifier.warnings

    def _unavailable(self, entity: Entity, error: OdooMissingModelError) -> EntityVerification:
        """Count every active document of a missing model as extra."""
        self._warnings.append(Notice.from_error(error, entity.title))
        active = self._store.documents.count_active(entity.target)
        if not active:
            return _without_comparison(entity, Verdict.UNAVAILABLE)
        findings = Findings(extra=IdSample(active))
        return replace(_without_comparison(entity, Verdict.OUT_OF_STEP), stored=active, findings=findings)

    def _warn_of_concurrent_run(self, before: LeaseState | None, after: LeaseState | None) -> bool:
        """Warn of a run that was at work when the verification began, or began meanwhile; return whether it was."""
        started = after if after and (before is None or after.run_id != before.run_id) else None
        lease = before if before and before.live else started
        if lease is not None:
            self._warnings.append(
                Notice(
                    LIVE_RUN_KIND,
                    f"A run of {lease.operator} on {lease.host} was at work meanwhile: what it changed may look wrong.",
                    "Verify again when it has ended.",
                )
            )
        return lease is not None


def _narrow(shared: VerificationContext, proof: Proof | None, percent: int | None) -> VerificationContext:
    """Return the context of one entity: with its slice, and what was found to differ before."""
    suspects = frozenset(proof.suspects if proof else ())
    if percent is None:
        return replace(shared, suspects=suspects)
    known = proof or Proof(datetime.now(UTC))
    return replace(shared, part=known.choose_slice(math.ceil(100 / percent)), suspects=suspects)


def _without_comparison(entity: Entity, verdict: Verdict) -> EntityVerification:
    return EntityVerification(entity.id, entity.name, entity.title, entity.action, verdict)
