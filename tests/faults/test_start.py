"""A run that cannot begin: the reason is named, and recorded where it can be."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import (
    HtmlBody,
)
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.settings.load import build_settings_from_overrides
from tests.faults.recorded import assert_recorded
from tests.support.world import world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


class TestCannotBegin:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"odoo__api_key": "0" * 40}, "key"),
            ({"odoo__database": "nowhere"}, "nowhere"),
            ({"odoo__protocol": "jsonrpc", "odoo__api_key": "wrong password"}, "admin"),
        ],
        ids=["wrong key", "wrong database", "wrong password"],
    )
    def test_what_the_operator_must_mend_is_a_runtime_error(
        self, odoo: DemoOdoo, mongo_uri: str, database_name: str, settings: dict[str, object], words: str
    ):
        with world(mongo_uri, database_name, odoo, **settings) as here:
            with pytest.raises(RuntimeError, match=words) as caught:
                here.sync(Action.DATA_LAKE)
            assert isinstance(caught.value, ConfigurationError)
            assert_recorded(here, "failed", words)

    def test_a_server_that_is_away_is_worth_another_try(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            with world(mongo_uri, database_name, odoo, odoo__url=url, odoo__retry_seconds=0) as here:
                result = here.sync(Action.DATA_LAKE)
                assert (result.outcome, result.retryable) == (Outcome.FAILED, True)
                assert_recorded(here, "failed", "127.0.0.1")

    def test_a_server_that_is_not_odoo_is_named(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with odoo.faults.on(HtmlBody()), world(mongo_uri, database_name, odoo, odoo__retry_seconds=0) as here:
            try:
                result = here.sync(Action.DATA_LAKE)
                assert result.outcome is Outcome.FAILED
            except ConfigurationError:
                pass
            assert_recorded(here, "failed", odoo.url)

    def test_missing_settings_are_all_named(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        settings = build_settings_from_overrides(
            {"mongo.uri": mongo_uri, "mongo.database": database_name, "odoo.url": odoo.url}
        )
        with open_backend(settings) as backend:
            with pytest.raises(RuntimeError, match=r"odoo\.database, odoo\.username, odoo\.api_key"):
                backend.service().sync_departments("anna")
            overview = backend.overview_queries.get_overview()
            assert overview.integration.status is None
            assert (overview.last_run, overview.events) == (None, ())

    def test_the_database_can_hold_the_configuration(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with open_backend(
            build_settings_from_overrides({"mongo.uri": mongo_uri, "mongo.database": database_name})
        ) as backend:
            config = {"url": odoo.url, "database": "demo", "username": "admin", "api_key": odoo.api_key}
            with MongoClient(mongo_uri) as client:
                client[database_name].integrations.insert_one(
                    {"integration_type": "odoo", "enabled": True, "config": config}
                )
                assert backend.service().sync_departments("anna").outcome is Outcome.SUCCESS
                client[database_name].integrations.update_one({}, {"$set": {"enabled": False}})
                with pytest.raises(RuntimeError, match="switched off"):
                    backend.service().sync_departments("anna")
