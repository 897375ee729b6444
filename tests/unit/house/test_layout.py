"""Where things live: few modules a folder, none too long, none too thin to stand alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import odoo_sync_tui

PACKAGE = Path(odoo_sync_tui.__file__).parent
TESTS = Path(__file__).parents[2]

FOUND_BY_NAME = {"entities", "cli/commands", "tui/screens", "tui/dialogs"}
"""Folders whose modules are all of one kind."""
WORKAROUNDS = {"odoo/transport/deadline.py", "tui/terminal/picture.py", "tui/terminal/event_loop.py"}
"""Modules that each mend one behaviour of a library: alone, so that they can go when the library mends it."""
ROOT_MODULES = {"__main__"}
MAX_MODULES, MIN_MODULES, MAX_MODULES_OF_ONE_KIND = 10, 3, 25
MAX_LINES, THIN_LINES = 350, 50


def name_of(folder: Path) -> str:
    """The folder's path within the package, or ``tests/…``."""
    return folder.relative_to(PACKAGE if folder.is_relative_to(PACKAGE) else TESTS.parent).as_posix()


def packages(root: Path) -> list[Path]:
    """Every folder below ``root`` that holds modules, ``root`` included."""
    return sorted({path.parent for path in root.rglob("*.py")})


def modules(folder: Path) -> list[Path]:
    """The modules of a folder beside ``__init__.py``."""
    return sorted(path for path in folder.glob("*.py") if path.stem != "__init__")


def parts(folder: Path) -> int:
    """How many modules and packages a reader of the folder has before him."""
    return len(modules(folder)) + len([each for each in folder.iterdir() if (each / "__init__.py").exists()])


FOLDERS = packages(PACKAGE)
MODULES = [path for folder in FOLDERS for path in modules(folder)]
TEST_FOLDERS = packages(TESTS)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_folder_of_the_package_holds_few_modules(folder: Path) -> None:
    limit = MAX_MODULES_OF_ONE_KIND if name_of(folder) in FOUND_BY_NAME else MAX_MODULES
    assert len(modules(folder)) <= limit
    if folder != PACKAGE:
        assert parts(folder) >= MIN_MODULES


@pytest.mark.parametrize("folder", TEST_FOLDERS, ids=name_of)
def test_a_folder_of_tests_holds_modules_that_can_be_overseen(folder: Path) -> None:
    assert len(modules(folder)) <= MAX_MODULES_OF_ONE_KIND


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_bears_the_name_of_its_folder(path: Path) -> None:
    assert path.stem != path.parent.name


@pytest.mark.parametrize("path", [*MODULES, *TESTS.rglob("*.py")], ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_no_thin_module_has_a_single_importer() -> None:
    importers = imports_by_module()
    thin = [
        name_of(path)
        for path in MODULES
        if path.stem not in ROOT_MODULES
        and name_of(path.parent) not in FOUND_BY_NAME
        and name_of(path) not in WORKAROUNDS
        and len(path.read_text(encoding="utf-8").splitlines()) < THIN_LINES
        and len(importers[dotted(path)]) == 1
    ]
    assert thin == []


def dotted(path: Path) -> str:
    """The module's name."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def imports_by_module() -> dict[str, set[str]]:
    """Which modules of the package import each of them, lazily or not."""
    known, importers = {dotted(path) for path in MODULES}, defaultdict[str, set[str]](set)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                for name in known.intersection(names):
                    importers[name].add(dotted(path))
    return importers


def test_no_test_module_is_imported_by_another_module() -> None:
    imported = {
        f"{name_of(path)}: {name}"
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tests")
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        if is_test_module(name)
    }
    assert imported == set()


def is_test_module(name: str) -> bool:
    """Whether there is a test module of this dotted name."""
    path = TESTS.parent.joinpath(*name.split(".")).with_suffix(".py")
    return path.stem.startswith("test_") and path.exists()
