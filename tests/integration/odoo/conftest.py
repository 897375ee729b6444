"""A connector on the demo Odoo, and what tests of it ask again and again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.entity import Entity, Page, Row
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.entities import accounts, departments, invoices, opportunities, users
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.connector import OdooConnector

ENTITIES = tuple(module.ENTITY for module in (departments, users, accounts, opportunities, invoices))
ACCOUNTS, LEADS, INVOICES, USERS = accounts.ENTITY, opportunities.ENTITY, invoices.ENTITY, users.ENTITY
SPOKEN = [
    (19, Protocol.JSON2),
    (19, Protocol.JSONRPC),
    (19, Protocol.XMLRPC),
    (17, Protocol.JSONRPC),
    (17, Protocol.XMLRPC),
    (14, Protocol.JSONRPC),
    (14, Protocol.XMLRPC),
]


def config_of(demo: DemoOdoo, protocol: Protocol = Protocol.AUTO, page_size: int = 50) -> OdooConfig:
    return OdooConfig(
        demo.url, demo.database, demo.username, SecretStr(demo.api_key), protocol,
        timeout_seconds=20, retry_seconds=20, page_size=page_size,
    )  # fmt: skip


@pytest.fixture
def demo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=200, dialect=19) as demo:
        yield demo


@pytest.fixture
def odoo(demo: DemoOdoo) -> Iterator[OdooConnector]:
    with OdooConnector(config_of(demo)) as connector:
        yield connector


def census(odoo: OdooConnector, entity: Entity) -> list[int]:
    return list(odoo.census(entity, 0, 100_000))


def pages(odoo: OdooConnector, entity: Entity, ids: list[int], size: int = 50) -> list[Page]:
    tasks = [ids[start : start + size] for start in range(0, len(ids), size)]
    return [page for _, page in odoo.fetch(entity, tasks, lambda task: task)]


def rows(odoo: OdooConnector, entity: Entity) -> dict[object, Row]:
    return {row["id"]: row for page in pages(odoo, entity, census(odoo, entity)) for row in page.rows}


def domain_of(entity: Entity) -> list[object]:
    return [list(leaf) for leaf in entity.domain]  # type: ignore[call-overload]
