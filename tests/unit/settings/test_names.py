"""What an unknown name is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.settings.explain import explain_settings
from odoo_sync_tui.settings.layers import read_layers
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.settings.names import is_secret_value
from odoo_sync_tui.settings.urls import find_secrets
from tests.unit.settings.files import refusal, write


class TestUnknownNames:
    def test_an_unknown_name_in_the_file_is_answered_with_the_nearest_one(self, place: Path):
        write(place / "settings.toml", "[sync]\noverlap_minute = 3\n")
        assert refusal() == (
            "There is no setting sync.overlap_minute in settings.toml. The nearest name is sync.overlap_minutes."
        )

    def test_an_unknown_variable_is_answered_with_the_nearest_one(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ODOO_URL", "x")
        assert refusal() == (
            "There is no environment variable ODOO_SYNC_ODOO_URL. The nearest name is ODOO_SYNC_ODOO__URL."
        )

    def test_an_unknown_option_is_answered_with_the_nearest_name(self):
        assert "There is no option --set odoo.urll. The nearest name is odoo.url." in refusal(**{"odoo.urll": "x"})

    def test_a_name_that_is_far_from_all_is_answered_with_where_they_are_listed(self):
        assert "settings.example.toml lists every setting." in refusal(zzzzzz="x")

    def test_a_section_that_is_no_table(self, place: Path):
        write(place / "settings.toml", "odoo = 1\n")
        assert "Write [odoo]" in refusal()


ODD_ADDRESSES = (
    "mongodb://anna:hun ter2@db/x", "mongodb://anna:hunter2 @db", "mongodb:// anna:hunter2@db", "mongodb://anna:hunter2",
    "mongodb://anna:hunter2@", "mongodb://anna:hunter2@/db", "mongodb://:hunter2@db", "mongodb:/anna:hunter2@db",
    "mongodb:anna:hunter2@db", "anna:hunter2@db:27017", "MONGODB://anna:hunter2@db", "mongodb://an/na:hun/ter2@db",
    "mongodb://anna hunter2@db", "hunter2", "mongodb+srv://anna:hunter2@db", "mongodb://db/?tlsCertificateKeyFilePassword=x",
)  # fmt: skip


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_that_may_hold_a_password_is_shown_nowhere_whatever_its_form(address: str):
    assert is_secret_value("mongo.uri", address)
    if not address.startswith(("mongodb://", "mongodb+srv://")):
        assert "hun" not in refusal(**{"mongo.uri": address})
        return
    (shown,) = (
        each for each in explain_settings(read_layers(None, {"mongo.uri": address})) if each.name == "mongo.uri"
    )
    assert (shown.secret, shown.value) == (True, None)
    secrets = build_settings_from_overrides({"mongo.uri": address}).collect_secrets()
    assert address in secrets
    assert ":hun" not in address or any(secret.startswith("hun") for secret in secrets)


@pytest.mark.parametrize(
    "address",
    [
        "embedded",
        "mongodb://db",
        "db:27017",
        "mongodb://anna@a:1,b:2/x?w=1",
        "mongodb+srv://db.x/",
        "mongodb://[::1]:1",
    ],
)
def test_an_address_without_a_password_is_shown(address: str):
    assert not is_secret_value("mongo.uri", address)


def test_a_wrong_value_that_is_a_secret_put_in_the_wrong_place_is_not_repeated():
    key, uri = "deadcafe" * 5, "mongodb://a:hunter2@b"
    overlap = "sync.overlap_minutes"
    told = refusal(**{"odoo.api_key": key, "odoo.timeout_seconds": key, "mongo.uri": uri, overlap: "hunter2"})
    assert "odoo.timeout_seconds" in told
    assert key not in told
    assert "hunter2" not in told


def test_the_port_of_a_server_is_no_secret():
    assert not list(find_secrets("https://odoo.example.com:8069/x"))
    assert list(find_secrets("https://anna:hunter2@odoo.example.com:8069")) == ["hunter2", "hunter2"]
