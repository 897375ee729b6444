"""Many Odoos: what each inherits of the main settings, and what it has to have of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text import redaction
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sources.files import list_source_names
from odoo_sync_tui.settings.sources.load import load_source, load_sources
from tests.unit.settings.files import HERE, write

MAIN = """
[odoo]
url = "https://main.example.com"
database = "main"
username = "main"
api_key = "main-key"
page_size = 500
[mongo]
uri = "mongodb://lake.example.com"
database = "lake"
[entities.orders]
model = "sale.order"
[schedule.users]
every = "15m"
[metrics]
textfile = "/var/lib/node_exporter/main.prom"
"""

OWN = """
[odoo]
url = "https://{name}.example.com:8069"
database = "{name}"
username = "sync"
api_key = "key-of-{name}"
[mongo]
database = "lake_{name}"
"""


@pytest.fixture(autouse=True)
def _main(place: Path) -> None:
    write(place / HERE, MAIN)


def add(name: str, text: str = OWN, mode: int = 0o600) -> Path:
    return write(Path("sources.d") / f"{name}.toml", text.format(name=name), mode)


def load(name: str, **overrides: object) -> Settings:
    return load_source(HERE, overrides, name)


def refusal(name: str, **overrides: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(name, **overrides)
    return str(caught.value)


def test_a_source_inherits_all_but_address_login_and_databases():
    add("acme", OWN + '[schedule.users]\nfull_at = "02:00"\n')
    add("beta")
    settings = load("acme")
    assert (settings.odoo.url, settings.odoo.page_size) == ("https://acme.example.com:8069", 500)
    assert settings.mongo.database == "lake_acme"
    assert settings.mongo.uri.get_secret_value() == "mongodb://lake.example.com"
    assert [each.name for each in settings.declared_entities] == ["orders"]
    assert (settings.schedule["users"].every, settings.schedule["users"].full_at) == ("15m", "02:00")
    assert settings.metrics.textfile is None
    assert settings.membership is not None
    assert (settings.membership.source, settings.membership.main.database) == ("acme", "lake")


def test_settings_without_sources_are_of_no_fleet():
    assert list_source_names(HERE) == ()
    assert load_sources(HERE, {}).main.membership is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('url = "https://{name}.example.com:8069"\n', "odoo.url"),
        ('database = "{name}"\n', "odoo.database"),
        ('username = "sync"\n', "odoo.username"),
        ('api_key = "key-of-{name}"\n', "odoo.api_key"),
        ('database = "lake_{name}"\n', "mongo.database"),
    ],
)
def test_a_source_without_all_of_its_own_is_refused(line: str, name: str):
    assert line in OWN
    path = add("acme", OWN.replace(line, ""))
    assert f"{path} lacks {name}" in refusal("acme")


def test_the_proxy_of_the_main_settings_is_never_taken_and_never_left_out_silently(place: Path):
    write(place / HERE, MAIN.replace("[mongo]", 'proxy = "http://proxy.example.com:3128"\n[mongo]'))
    add("acme")
    assert "lacks odoo.proxy" in refusal("acme")
    add("acme", OWN.replace("[mongo]", 'proxy = "none"\n[mongo]'))
    proxy = load("acme").odoo.proxy
    assert proxy is not None
    assert proxy.get_secret_value() == "none"


@pytest.mark.parametrize(
    "variable",
    ["ODOO_SYNC_ODOO__API_KEY", "ODOO_SYNC_ODOO__URL", "ODOO_SYNC_ODOO__PAGE_SIZE", "ODOO_SYNC_MONGO__DATABASE"],
)
def test_what_is_of_one_odoo_alone_is_refused_from_the_environment(variable: str, monkeypatch: pytest.MonkeyPatch):
    add("acme")
    monkeypatch.setenv(variable, "7")
    assert f"environment variable {variable} would count for every source" in refusal("acme")


def test_what_is_of_one_odoo_alone_is_refused_from_the_command_line():
    add("acme")
    assert "--set odoo.url" in refusal("acme", **{"odoo.url": "https://evil.example.com"})
    assert "--set mongo.database" in refusal("acme", **{"mongo.database": "other"})
    assert load("acme", **{"sync.block_size": "5000"}).sync.block_size == 5000


def test_two_sources_never_share_a_database():
    add("acme")
    add("beta", OWN.replace("lake_{name}", "LAKE_acme"))
    assert "The sources acme and beta share the MongoDB database lake_acme" in refusal("acme")
    add("beta", OWN.replace("lake_{name}", "lake"))
    assert "shares the MongoDB database lake with the main settings" in refusal("beta")
    add(
        "beta",
        OWN.replace("lake_{name}", "lake_acme").replace("[mongo]", '[mongo]\nuri = "mongodb://other.example.com"'),
    )
    assert load("beta").mongo.database == "lake_acme"


def test_a_broken_source_harms_no_other():
    add("acme")
    add("beta", "[odoo\n")
    add("gamma", OWN + "[sync]\nblock_size = 0\n")
    add("delta", OWN, 0o644)
    acme, beta, delta, gamma = load_sources(HERE, {}).sources
    assert (acme.name, acme.problem) == ("acme", None)
    assert [each.settings for each in (beta, delta, gamma)] == [None, None, None]
    assert "is not valid TOML" in str(beta.problem)
    assert "chmod 600" in str(delta.problem)
    assert "sync.block_size" in str(gamma.problem)


def test_many_sources_are_loaded_without_looking_for_their_secrets_in_any_text(monkeypatch: pytest.MonkeyPatch):
    """It is the work of all secrets for each text: a minute for a thousand sources."""
    monkeypatch.setattr(redaction, "_build_register", None)
    for number in range(5):
        add(f"s{number}")
    assert [each.problem for each in load_sources(HERE, {}).sources] == [None] * 5
    monkeypatch.undo()
    assert redaction.redact("the key-of-s3 of s3") == "the *** of s3"


def test_a_name_that_no_source_has_is_told_with_the_nearest_one():
    add("acme")
    assert "Did you mean acme?" in refusal("acm")
    assert "There is no source named ../settings." in refusal("../settings")


def test_the_main_file_alone_says_what_is_about_all_sources():
    add("acme", OWN + "[fleet]\nruns = 2\n")
    assert "fleet.runs" in refusal("acme")


def test_the_limit_of_a_host_is_that_of_its_table_else_that_of_all():
    add("acme")
    add("beta")
    add("online", OWN.replace("{name}.example.com:8069", "acme.odoo.com"))
    text = MAIN + '[fleet]\ncalls_in_flight = 3\n[hosts."acme.example.com"]\ncalls_per_second = 2.0\n'
    write(HERE, text)
    limits = {each: load(each).membership for each in ("acme", "beta", "online")}
    found = {
        name: (each.host_limit.host, each.host_limit.calls_in_flight, each.host_limit.calls_per_second)
        for name, each in limits.items()
        if each
    }
    assert found == {
        "acme": ("acme.example.com:8069", 3, 2.0),
        "beta": ("beta.example.com:8069", 3, None),
        "online": ("acme.odoo.com", 3, 1.0),
    }


def test_an_address_that_is_none_is_told_as_such():
    add("acme", OWN.replace("https://{name}.example.com:8069", "http://[bad"))
    assert "odoo.url" in refusal("acme")
