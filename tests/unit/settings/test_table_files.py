"""Tables in files of their own beside the settings file: which are read, and whose, and what may stand in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.settings.explain import explain_settings
from odoo_sync_tui.settings.layers import read_layers
from odoo_sync_tui.settings.load import load_settings
from tests.unit.settings.files import load_here, refusal, write

STRANGER = 12345


def declare(path: Path, *names: str, mode: int = 0o600) -> Path:
    """Write a file that declares entities of these names."""
    return write(path, "".join(f'[entities.{name}]\nmodel = "sale.order"\n' for name in names), mode)


def declared(config: Path | None = None) -> list[str]:
    return [each.name for each in load_settings(config).declared_entities]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The user's configuration directory."""
    return tmp_path / "config" / "odoo-sync-tui"


class TestPlaces:
    def test_a_file_beside_the_named_settings_file_is_read(self, place: Path, own: Path):
        config = write(place / "settings.toml", "[sync]\nblock_size = 7\n")
        declare(place / "entities.d" / "orders.toml", "orders")
        declare(own / "entities.d" / "tickets.toml", "tickets")
        assert declared(config) == ["orders"]
        (model,) = [each for each in explain_settings(read_layers(config, {})) if each.name == "entities.orders.model"]
        assert (model.value, model.origin) == ("sale.order", f"file {place / 'entities.d' / 'orders.toml'}")

    def test_a_file_beside_the_users_settings_file_is_read(self, place: Path, own: Path):
        declare(place / "entities.d" / "orders.toml", "orders")
        declare(own / "entities.d" / "tickets.toml", "tickets")
        declare(own / "settings.toml", "claims")
        assert declared() == ["claims", "tickets"]

    def test_without_a_settings_file_those_of_the_user_are_read(self, own: Path):
        declare(own / "entities.d" / "tickets.toml", "tickets")
        assert declared() == ["tickets"]

    def test_a_notice_about_the_settings_file_stays(self, place: Path, own: Path):
        declare(place / "settings.toml", "orders")
        declare(own / "entities.d" / "tickets.toml", "tickets")
        assert [notice.split()[0] for notice in load_settings().notices] == ["settings.toml"]

    def test_a_configuration_directory_that_is_none_holds_nothing(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)
        assert declared() == []

    def test_built_in_entities_and_several_tables_may_stand_in_one(self, place: Path):
        write(place / "settings.toml", "")
        text = '[entities.accounts]\nenabled = false\n[entities.orders]\nmodel = "sale.order"\n'
        write(place / "entities.d" / "a.toml", text)
        settings = load_here()
        assert ([each.name for each in settings.declared_entities], len(settings.entity_changes)) == (["orders"], 1)

    def test_the_environment_beats_it_key_by_key(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", "")
        declare(place / "entities.d" / "orders.toml", "orders")
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS__FIELDS", '["name"]')
        (orders,) = load_here().declared_entities
        assert (orders.model, orders.fields) == ("sale.order", ("name",))

    @pytest.mark.parametrize("name", [".orders.toml", ".orders.toml.swp", "orders.toml~", "orders.toml.bak", "README"])
    def test_hidden_files_and_backups_are_not_read(self, place: Path, name: str):
        write(place / "settings.toml", "")
        write(place / "entities.d" / name, "no TOML", 0o666)
        assert load_here().declared_entities == ()


class TestContents:
    @pytest.fixture(autouse=True)
    def settings_file(self, place: Path):
        write(place / "settings.toml", '[odoo]\nurl = "https://odoo.example.com"\n')

    @pytest.mark.parametrize("text", ['[odoo]\ndatabase = "acme"\n', '[entities.orders]\nmodel = "m"\n[sync]\nx = 1\n'])
    def test_other_settings_are_refused(self, place: Path, text: str):
        write(place / "entities.d" / "orders.toml", text)
        told = refusal()
        assert " cannot stand in entities.d/orders.toml: only tables [entities.NAME] can. Move it to" in told
        assert told.startswith(("odoo.database", "sync.x"))

    def test_one_entity_in_two_files_is_refused_with_both(self, place: Path):
        declare(place / "entities.d" / "b.toml", "orders")
        declare(place / "entities.d" / "a.toml", "tickets", "orders")
        assert refusal() == (
            "[entities.orders] stands in two files, entities.d/a.toml and entities.d/b.toml. Leave it in one of them,"
            " and take it out of the other."
        )

    def test_one_entity_in_the_settings_file_and_another_file_is_refused_with_both(self, place: Path):
        write(place / "settings.toml", "[entities.orders]\n")
        declare(place / "entities.d" / "orders.toml", "orders")
        assert "stands in two files, settings.toml and entities.d/orders.toml." in refusal()

    def test_a_wrong_value_is_told_with_its_file(self, place: Path):
        write(place / "entities.d" / "orders.toml", "[entities.orders]\nmodel = 5\n")
        assert 'entities.orders.model is "5" (from the file entities.d/orders.toml):' in refusal()
        write(place / "entities.d" / "orders.toml", "[entities.orders]\nmodle = 5\n")
        assert refusal().startswith("There is no setting entities.orders.modle in entities.d/orders.toml.")
        write(place / "entities.d" / "orders.toml", "entities = 5\n")
        assert refusal().startswith("There is no setting entities in entities.d/orders.toml.")

    def test_wrong_toml_is_told_with_its_file(self, place: Path):
        write(place / "entities.d" / "orders.toml", "[entities.orders\n")
        assert "entities.d/orders.toml is not valid TOML" in refusal()

    def test_what_is_not_text_is_told_with_its_file(self, place: Path):
        write(place / "entities.d" / "orders.toml", "").write_bytes(b"# \xff\n")
        assert refusal().startswith("entities.d/orders.toml is not UTF-8 text (byte 2).")

    def test_what_cannot_be_read_is_told(self, place: Path):
        (place / "entities.d" / "orders.toml").mkdir(parents=True)
        assert "entities.d/orders.toml cannot be read: Is a directory." in refusal()

    @pytest.mark.parametrize("target", ["settings.toml", "nowhere"])
    def test_a_directory_that_is_none_is_told(self, place: Path, target: str):
        (place / "entities.d").symlink_to(place / target)
        assert refusal().startswith("The directory entities.d cannot be read: N")


class TestRights:
    @pytest.fixture(autouse=True)
    def directory(self, place: Path) -> Path:
        write(place / "settings.toml", "")
        return declare(place / "entities.d" / "orders.toml", "orders").parent

    def test_a_file_that_anybody_may_write_to_is_refused(self, directory: Path):
        (directory / "orders.toml").chmod(0o646)
        assert refusal() == "Anybody may write to entities.d/orders.toml. Run: chmod o-w entities.d/orders.toml"

    @pytest.mark.parametrize("mode", [0o777, 0o1777])
    def test_a_directory_that_anybody_may_write_to_is_refused(self, directory: Path, mode: int):
        directory.chmod(mode)
        assert refusal() == "Anybody may write to entities.d. Run: chmod o-w entities.d"

    def test_a_group_may_write_to_them_as_to_a_settings_file_without_secrets(self, directory: Path):
        directory.chmod(0o775)
        (directory / "orders.toml").chmod(0o664)
        assert [each.name for each in load_here().declared_entities] == ["orders"]

    @pytest.mark.parametrize("name", ["entities.d", "entities.d/orders.toml"])
    def test_what_belongs_to_a_stranger_is_refused(self, place: Path, monkeypatch: pytest.MonkeyPatch, name: str):
        pretend_that_it_belongs_to(monkeypatch, place / name, STRANGER)
        assert refusal() == (f"{name} belongs to another user. If you trust it, put a copy of your own in its place.")

    def test_what_belongs_to_the_owner_of_the_named_settings_file_is_read(
        self, place: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
    ):
        for path in (place / "settings.toml", directory, directory / "orders.toml"):
            pretend_that_it_belongs_to(monkeypatch, path, STRANGER)
        assert [each.name for each in load_here().declared_entities] == ["orders"], (
            "who names the file trusts its owner"
        )

    def test_beside_a_file_that_is_not_named_they_must_be_the_users_own(
        self, own: Path, monkeypatch: pytest.MonkeyPatch
    ):
        path = declare(own / "entities.d" / "tickets.toml", "tickets")
        pretend_that_it_belongs_to(monkeypatch, path, STRANGER)
        with pytest.raises(ConfigurationError, match=r"tickets\.toml belongs to another user"):
            load_settings()

    def test_a_closed_directory_is_told(self, directory: Path, monkeypatch: pytest.MonkeyPatch):
        stat = Path.stat

        def closed(path: Path, **options: bool) -> os.stat_result:
            if path.name == directory.name:
                raise PermissionError(13, "Permission denied")
            return stat(path, **options)

        monkeypatch.setattr(Path, "stat", closed)
        assert refusal().startswith("The directory entities.d cannot be read: Permission denied.")


def pretend_that_it_belongs_to(monkeypatch: pytest.MonkeyPatch, path: Path, owner: int) -> None:
    """Let the system say that the path belongs to this user: only root could really give it away."""
    wanted, stat, fstat = path.stat().st_ino, Path.stat, os.fstat

    def changed(status: os.stat_result) -> os.stat_result:
        if status.st_ino != wanted:
            return status
        return os.stat_result([*status[:4], owner, *status[5:10]])

    monkeypatch.setattr(Path, "stat", lambda path, **options: changed(stat(path, **options)))
    monkeypatch.setattr(os, "fstat", lambda number: changed(fstat(number)))
