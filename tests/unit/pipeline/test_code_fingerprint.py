"""The fingerprint of the code changes with every module that decides which document a row becomes."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from odoo_sync_tui import entities
from odoo_sync_tui.odoo.rows import fingerprints
from odoo_sync_tui.odoo.rows.fingerprints import fingerprint_modules
from odoo_sync_tui.pipeline.entity.mapper import CODE_FINGERPRINT, CODE_MODULES

NAMES = [module.__name__.removeprefix("odoo_sync_tui.") for module in CODE_MODULES]


def copy(module: ModuleType, directory: Path) -> ModuleType:
    """A module with the same source text in a file of its own."""
    assert module.__file__ is not None
    path = directory / f"{module.__name__}.py"
    path.write_bytes(Path(module.__file__).read_bytes())
    copied = ModuleType(module.__name__)
    copied.__file__ = str(path)
    return copied


@pytest.mark.parametrize("module", CODE_MODULES, ids=NAMES)
def test_every_module_of_the_fingerprint_is_a_file_with_text(module: ModuleType) -> None:
    assert module.__file__ is not None
    assert Path(module.__file__).suffix == ".py"
    assert Path(module.__file__).read_bytes()


def test_the_modules_of_the_fingerprint_are_those_that_make_documents_of_rows() -> None:
    directory = Path(next(iter(entities.__path__)))
    found = {f"entities.{path.stem}" for path in directory.glob("*.py") if path.stem != "__init__"}
    others = {
        "core.entity",
        "odoo.rows.decoder",
        "odoo.rows.fingerprints",
        "odoo.rows.related_names",
        "odoo.rows.values",
        "pipeline.entity.mapper",
        "store.driver.values",
    }
    assert "entities.opportunities" in found
    assert sorted(NAMES) == sorted(found | others)


@pytest.mark.parametrize("position", range(len(CODE_MODULES)), ids=NAMES)
def test_a_change_of_any_one_module_changes_the_fingerprint(tmp_path: Path, position: int) -> None:
    copies = [copy(module, tmp_path) for module in CODE_MODULES]
    assert fingerprint_modules(copies) == CODE_FINGERPRINT
    changed = copies[position].__file__
    assert changed is not None
    with Path(changed).open("ab") as file:
        file.write(b"# another line\n")
    assert fingerprint_modules(copies) != CODE_FINGERPRINT


def test_another_version_of_the_program_has_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "__version__", "another")
    assert fingerprint_modules(CODE_MODULES) != CODE_FINGERPRINT


def test_a_module_whose_file_is_missing_has_no_fingerprint(tmp_path: Path) -> None:
    gone = ModuleType("gone")
    gone.__file__ = str(tmp_path / "gone.py")
    with pytest.raises(FileNotFoundError):
        fingerprint_modules([gone])
