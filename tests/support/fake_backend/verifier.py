"""Verifications that compare nothing, and what they find."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.progress import EntityProgress, Phase, ProgressListener, RunProgress
from odoo_sync_tui.core.reports.verification import EntityVerification, Findings, IdSample, Verdict, Verification
from odoo_sync_tui.core.result import Counts, EntityState, Notice
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.fake_backend.values import NOW

LAKE = Action.DATA_LAKE

AGREES = (
    EntityVerification("departments", "departments", "departments", Action.DEPARTMENTS, Verdict.IN_STEP, 12, 13, 12),
    EntityVerification("users", "users", "users", Action.USERS, Verdict.IN_STEP, 186, 186, 186),
    EntityVerification("data_lake:accounts", "accounts", "accounts", LAKE, Verdict.IN_STEP, 55_007, 55_191, 200),
)

WRONG = Findings(
    missing=IdSample(3, (17, 4_711, 4_712)),
    extra=IdSample(1, (99,)),
    different=IdSample(1_204, tuple(range(1_000, 1_020))),
    quarantined=IdSample(7, (4_711,)),
    dismissed=IdSample(1, (8_888,)),
    pending=IdSample(2, (5, 6)),
)

OUT_OF_STEP = (
    *AGREES,
    EntityVerification(
        "data_lake:opportunities", "opportunities", "opportunities", LAKE, Verdict.OUT_OF_STEP,
        1_000_000, 998_761, 200, WRONG,
    ),
    EntityVerification("data_lake:invoices", "invoices", "invoices", LAKE, Verdict.UNAVAILABLE),
    EntityVerification("data_lake:users", "users", "lake users", LAKE, Verdict.OUT_OF_STEP, 186, 186, 186,
                       Findings(state=IdSample(1, (8,)))),
)  # fmt: skip


def verification(entities: tuple[EntityVerification, ...] = OUT_OF_STEP, sample: int | None = 200) -> Verification:
    warnings = (Notice("odoo_missing_model", "Odoo has no model account.move.", "Install the app.", "invoices"),)
    return Verification(entities, sample, (), () if entities is AGREES else warnings, 12.4)


def comparing(title: str, done: int, total: int) -> RunProgress:
    entity = EntityProgress(title, EntityState.RUNNING, Phase.FETCH, done, total, Counts(), 8_940.0, 4.0, 2.0)
    return RunProgress("", "verify", "anna", "", "", NOW, 2.0, (entity,), 0)


@dataclass
class FakeVerifierFactory:
    """Makes verifiers that report progress, wait until they are let go or cancelled, and give their finding.

    The second one and those after it give what is in ``later``.
    """

    finds: Verification = field(default_factory=verification)
    later: list[Verification] = field(default_factory=list[Verification])
    reports: tuple[RunProgress, ...] = (comparing("users", 120, 186),)
    raises: Exception | None = None
    asked: list[tuple[tuple[str, ...], int | None]] = field(default_factory=list[tuple[tuple[str, ...], int | None]])
    percent: int | None = None
    cancelled: list[str] = field(default_factory=list[str])
    let_go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *, on_progress: ProgressListener, cancel: CancelToken) -> FakeVerifier:
        return FakeVerifier(self, on_progress, cancel)


@dataclass
class FakeVerifier:
    owner: FakeVerifierFactory
    on_progress: ProgressListener
    cancel: CancelToken

    def verify(self, entities: Sequence[Entity], sample: int | None, percent: int | None = None) -> Verification:
        owner = self.owner
        owner.percent = percent
        owner.asked.append((tuple(entity.id for entity in entities), sample))
        for each in owner.reports:
            self.on_progress(each)
        try:
            while not owner.let_go.is_set():
                self.cancel.sleep(0.01)
        finally:
            if self.cancel.is_requested:
                owner.cancelled.append(self.cancel.reason)
        if owner.raises is not None:
            raise owner.raises
        found = owner.finds
        if owner.later:
            owner.finds = owner.later.pop(0)
        return found
