"""Where things live: few modules a folder, none too long, none too thin to stand alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import odoo_sync_tui

PACKAGE = Path(odoo_sync_tui.__file__).parent
TESTS = Path(__file__).parents[2]

FOUND_BY_NAME = {"entities", "cli/commands", "tui/screens", "tui/dialogs"}
"""Folders whose modules are all of one kind."""
WORKAROUNDS = {"runtime/http/deadline.py", "tui/terminal/picture.py", "tui/terminal/event_loop.py"}
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
TEST_MODULES = list(TESTS.rglob("*.py"))


def test_a_folder_of_the_package_holds_few_modules() -> None:
    limits = {each: MAX_MODULES_OF_ONE_KIND if name_of(each) in FOUND_BY_NAME else MAX_MODULES for each in FOLDERS}
    assert FOLDERS
    assert [name_of(folder) for folder, limit in limits.items() if len(modules(folder)) > limit] == []
    assert [name_of(each) for each in FOLDERS if each != PACKAGE and parts(each) < MIN_MODULES] == []


def test_a_folder_of_tests_holds_modules_that_can_be_overseen() -> None:
    assert TEST_FOLDERS
    assert [name_of(folder) for folder in TEST_FOLDERS if len(modules(folder)) > MAX_MODULES_OF_ONE_KIND] == []


def test_no_module_bears_the_name_of_its_folder() -> None:
    assert MODULES
    assert [name_of(path) for path in MODULES if path.stem == path.parent.name] == []


def test_no_module_is_too_long() -> None:
    lines = {name_of(each): len(each.read_text(encoding="utf-8").splitlines()) for each in (*MODULES, *TEST_MODULES)}
    assert TEST_MODULES
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


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
