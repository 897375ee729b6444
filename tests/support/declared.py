"""Entities as an operator would declare them: one that the demo Odoo has rows of, and six with the longest names."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.mapping import build_lake_entity, copy
from odoo_sync_tui.entities.registry import BUILT_IN
from tests.support.fake_backend.detail_queries import ended_run
from tests.support.fake_backend.values import ENTITIES, overview, result

MAX_NAME = 31


def declare(name: str, order: int = 100) -> Entity:
    """An entity of this name: the people among the partners."""
    return build_lake_entity(
        name,
        name=name,
        model="res.partner",
        fields=("name", "city", "active"),
        document_fields=copy("name", "city"),
        order=order,
        domain=(("is_company", "=", False),),
    )


CONTACTS = declare("contacts")
WITH_CONTACTS = BUILT_IN.with_declared([CONTACTS])

LONG_NAMES = tuple(f"orders_of_the_northern_region_{letter}" for letter in "abcdef")
TWELVE: EntityCatalog = BUILT_IN.with_declared(declare(name) for name in LONG_NAMES)


def twelve_overview(outcome: Outcome = Outcome.SUCCESS) -> Overview:
    """An integration with twelve entities; where the last run did not succeed, its last entity is to blame."""
    counts = [replace(ENTITIES[0], name=entity.id, title=entity.title) for entity in TWELVE.entities[len(ENTITIES) :]]
    known = overview()
    run = replace(ended_run("run-1", outcome), result=twelve_result(outcome), continues=None, scope=Scope())
    return replace(known, entities=(*ENTITIES, *counts), last_run=run)


def twelve_result(outcome: Outcome) -> SyncResult:
    """The result of a run of all entities of the lake: each has changes, and the last one has the outcome."""
    names = list(TWELVE.ids(Action.DATA_LAKE))
    states = dict.fromkeys(names, EntityState.SUCCESS) | {names[-1]: EntityState(outcome)}
    entities = {
        name: EntityResult(name, state, Counts(1_204 + number, 83, 72_601, 2, 12, 1), 73_889, 0, 31.4)
        for number, (name, state) in enumerate(states.items())
    }
    return replace(result(outcome), entities=entities)
