"""``settings.example.toml`` documents every setting, with the defaults that the program really has."""

from __future__ import annotations

import json
import re
import tomllib
from operator import attrgetter
from pathlib import Path

import pytest

from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.model import Settings, get_setting_fields
from odoo_sync_tui.settings.names import TABLE_SECTIONS
from odoo_sync_tui.settings.sections.alerts import Alert
from odoo_sync_tui.settings.sections.base import SettingsSection
from odoo_sync_tui.settings.sections.entities import BuiltInEntity, DeclaredEntity
from odoo_sync_tui.settings.sections.schedule import SyncSchedule
from odoo_sync_tui.settings.sections.selections import NamedSelection
from tests.unit.settings.files import write

EXAMPLE = Path(__file__).parents[3] / "settings.example.toml"

EXAMPLES_WITHOUT_DEFAULT = {
    "operator",
    "odoo.url",
    "odoo.database",
    "odoo.username",
    "odoo.api_key",
    "odoo.api_key_file",
    "odoo.ca_file",
    "odoo.proxy",
    "odoo.proxy_file",
    "odoo.calls_in_flight",
    "odoo.calls_per_second",
    "odoo.language",
    "mongo.uri_file",
    "mongo.data_dir",
    "mongo.mongod",
    "masking.key",
    "masking.key_file",
    "metrics.textfile",
    "fleet.runs",
    "fleet.processes",
    "fleet.tls_ca_file",
    "fleet.tls_cert_file",
    "fleet.tls_key_file",
    "fleet.calls_in_flight",
    "fleet.calls_per_second",
    "ui.environment",
    "ui.environment_color",
}


def uncommented() -> str:
    return re.sub(r"^# (\w+ = |\[\w+\.\w+\]$|\[\[\w+\]\]$)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)


def everything() -> dict[str, object]:
    """Every setting in the example by dotted name, those that are commented out too, but for named tables."""
    values: dict[str, object] = {}
    for name, value in tomllib.loads(uncommented()).items():
        if name in TABLE_SECTIONS:
            continue
        values |= (
            {f"{name}.{inner}": content for inner, content in value.items()}
            if isinstance(value, dict)
            else {name: value}
        )
    return values


def test_the_example_names_every_key_of_a_named_table_with_its_default():
    sections = tomllib.loads(uncommented())
    declared, built_in = sections["entities"]["orders"], sections["entities"]["accounts"]
    selection, schedule = sections["selections"]["late"], sections["schedule"]["users"]
    defaults = (
        DeclaredEntity(name="orders", model=declared["model"]),
        BuiltInEntity(name="accounts"),
        NamedSelection(name="late", entity=selection["entity"]),
        SyncSchedule(name="users", every=schedule["every"]),
    )
    for table, default in zip((declared, built_in, selection, schedule), defaults, strict=True):
        assert json.loads(default.model_dump_json(exclude={"name"})) == table
    (alert,) = sections["alerts"]
    shown = Alert.model_validate({"name": "1", **{key: alert[key] for key in alert if key != "ca_file"}})
    assert (shown.on, shown.shape, shown.timeout_seconds) == tuple(
        Alert.model_fields[key].default for key in ("on", "shape", "timeout_seconds")
    )
    text = EXAMPLE.read_text().partition("[[alerts]]")
    assert [key for key in Alert.get_key_fields() if key not in "".join(text)] == []


def test_all_of_it_is_accepted_but_for_files_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "settings.toml", re.sub(r"^\w+_file = .*$", "", uncommented(), flags=re.MULTILINE))
    assert [each.name for each in load_settings(path).declared_entities] == ["orders"]


def test_the_example_names_every_setting_and_no_other():
    assert set(everything()) == set(get_setting_fields())


def test_the_example_shows_the_defaults():
    defaults = Settings()
    for name, value in everything().items():
        if name in EXAMPLES_WITHOUT_DEFAULT:
            continue
        default = attrgetter(name)(defaults)
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        assert value == (list(shown) if isinstance(shown, tuple) else shown), name


def test_as_it_stands_it_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(EXAMPLE).odoo.database == "acme"


def test_every_setting_says_what_it_is():
    assert [name for name, field in get_setting_fields().items() if not field.description] == []
    assert all(issubclass(type(getattr(Settings(), name)), SettingsSection) for name in ("odoo", "mongo", "sync", "ui"))
