"""From checked settings to the configuration of Odoo and MongoDB."""

from __future__ import annotations

from datetime import timedelta

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.odoo.config import Protocol
from odoo_sync_tui.settings.load import build_settings_from_overrides

STORED = {"url": "https://stored.example", "database": "lake", "username": "anna", "api_key": "stored-key"}


class TestOdooConfig:
    def test_what_the_database_holds_fills_the_gaps(self):
        config = build_settings_from_overrides({"odoo.database": "mine", "odoo.protocol": "jsonrpc"}).build_odoo_config(
            STORED
        )
        assert (config.url, config.database, config.username) == ("https://stored.example", "mine", "anna")
        assert config.api_key.get_secret_value() == "stored-key"
        assert config.protocol is Protocol.JSONRPC

    def test_what_is_missing_everywhere_is_named_with_the_three_places(self):
        with pytest.raises(ConfigurationError) as caught:
            build_settings_from_overrides({"odoo.url": "https://x.example", "odoo.username": "anna"}).build_odoo_config(
                None
            )
        text = str(caught.value)
        assert text.startswith("odoo.database, odoo.api_key are not set.")
        for place in ("ODOO_SYNC_ODOO__API_KEY", "settings.toml", "integrations.config"):
            assert place in text

    def test_a_wrong_stored_address_is_told_with_its_place(self):
        with pytest.raises(ConfigurationError, match=r"integrations\.config in the database"):
            build_settings_from_overrides({}).build_odoo_config(STORED | {"url": "stored.example"})

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example",
            "http://stored.example",
            "https://stored.example:8443",
            "https://stored.example.evil.example",
        ],
    )
    def test_a_stored_login_goes_to_no_other_server(self, url: str):
        with pytest.raises(ConfigurationError) as caught:
            build_settings_from_overrides({"odoo.url": url}).build_odoo_config(STORED)
        assert str(caught.value).startswith(
            "odoo.username, odoo.api_key are not set. The username and api_key in integrations.config are for"
            f" https://stored.example and are not sent to {url}."
        )
        assert "stored-key" not in str(caught.value)

    @pytest.mark.parametrize("url", ["https://stored.example:443/", "https://STORED.example/odoo"])
    def test_another_spelling_of_the_server_is_no_other_server(self, url: str):
        assert (
            build_settings_from_overrides({"odoo.url": url}).build_odoo_config(STORED).api_key.get_secret_value()
            == "stored-key"
        )

    def test_an_international_name_is_one_server_in_both_its_forms(self):
        stored = STORED | {"url": "https://müller.example"}
        config = build_settings_from_overrides({"odoo.url": "https://xn--mller-kva.example"}).build_odoo_config(stored)
        assert config.api_key.get_secret_value() == "stored-key"

    def test_a_key_of_the_settings_goes_to_no_server_that_the_database_alone_names(self):
        settings = build_settings_from_overrides({"odoo.api_key": "my-key", "odoo.username": "ben"})
        with pytest.raises(ConfigurationError, match=r"is not sent to https://stored\.example") as caught:
            settings.build_odoo_config(STORED)
        assert "my-key" not in str(caught.value)

    def test_a_login_of_ones_own_may_go_anywhere(self):
        mine = {"odoo.url": "https://new.example", "odoo.username": "ben", "odoo.api_key": "my-key"}
        config = build_settings_from_overrides(mine).build_odoo_config(STORED)
        assert (config.url, config.database, config.username) == ("https://new.example", "lake", "ben")
        assert config.api_key.get_secret_value() == "my-key"

    @pytest.mark.parametrize("stored", [None, "stored.example", "https://[::1", "https://stored.example:port"])
    def test_a_stored_login_without_a_usable_address_goes_nowhere(self, stored: str | None):
        document = {name: value for name, value in {**STORED, "url": stored}.items() if value}
        with pytest.raises(ConfigurationError, match="are not sent to https://mine"):
            build_settings_from_overrides({"odoo.url": "https://mine.example"}).build_odoo_config(document)

    def test_no_secret_shows_in_the_settings(self):
        settings = build_settings_from_overrides(
            {
                "odoo.url": "https://mine.example",
                "odoo.api_key": "hunter2",
                "odoo.proxy": "http://anna:hunter2@proxy",
                "mongo.uri": "mongodb://anna:hunter2@db",
            }
        )
        stored = STORED | {"url": "https://mine.example"}
        assert "hunter2" not in repr(settings) + repr(settings.build_odoo_config(stored)) + repr(
            settings.build_mongo_config()
        )


class TestMongoConfig:
    @pytest.mark.parametrize(
        ("given", "database"),
        [
            ({}, "odoo_sync"),
            ({"mongo.uri": "mongodb://h"}, "odoo_sync"),
            ({"mongo.uri": "mongodb://h/?w=1"}, "odoo_sync"),
            ({"mongo.uri": "mongodb://u:p@a,b/field_lake?replicaSet=x"}, "field_lake"),
            ({"mongo.uri": "mongodb+srv://u:p@h/field_lake"}, "field_lake"),
            ({"mongo.uri": "mongodb://h/lake", "mongo.database": "lake"}, "lake"),
            ({"mongo.uri": "mongodb://h", "mongo.database": "lake"}, "lake"),
            ({"mongo.uri": "mongodb://u:p@h/admin"}, "odoo_sync"),
            ({"mongo.uri": "mongodb://u:p@h/admin", "mongo.database": "lake"}, "lake"),
        ],
    )
    def test_the_database_is_the_one_that_is_named(self, given: dict[str, object], database: str):
        settings = build_settings_from_overrides(given)
        assert settings.build_mongo_config().database == settings.mongo.database == database

    def test_two_databases_are_refused_with_both_names_and_without_the_password(self):
        with pytest.raises(ConfigurationError) as caught:
            build_settings_from_overrides({"mongo.uri": "mongodb://u:s3cret@h/lake", "mongo.database": "other"})
        text = str(caught.value)
        assert 'mongo.database is "other"' in text
        assert '"lake"; leave one of the two out' in text
        assert "authSource=" in text
        assert "s3cret" not in text

    @pytest.mark.parametrize("name", ["a%20b", "a.b", "a/b", "x" * 64])
    def test_a_database_in_the_address_that_is_no_name_is_refused(self, name: str):
        with pytest.raises(ConfigurationError, match=r"^mongo\.uri has a value .*as the database in it"):
            build_settings_from_overrides({"mongo.uri": f"mongodb://h/{name}"})

    def test_half_a_password_is_never_taken_for_a_database(self):
        settings = build_settings_from_overrides({"mongo.uri": "mongodb://anna:s3/cret@db/lake"})
        assert settings.mongo.database == "odoo_sync"


@pytest.mark.parametrize("age", ["m", "23h", "3", "70y"])
def test_for_so_long_nothing_can_be_kept_and_the_message_says_what_can(age: str):
    with pytest.raises(ConfigurationError, match=r"retention\.runs") as caught:
        build_settings_from_overrides({"retention.runs": age})
    assert '"13mo"' in caught.value.message


@pytest.mark.parametrize("months", ["13mo", "13m"])
def test_what_is_old_is_kept_for_years_and_months(months: str):
    kept = build_settings_from_overrides({"retention.runs": months, "retention.retired": "3y"}).retention
    assert kept.keep == (timedelta(days=1095), timedelta(days=365) / 12 * 13)
    assert build_settings_from_overrides({}).retention.keep == (None, None)
