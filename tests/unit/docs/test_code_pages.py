"""The pages for whoever changes the code name files, folders and classes that are there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import ARCHITECTURE, CONTRIBUTING, PACKAGE, README, ROOT

BASES = (PACKAGE, ROOT)


def names_in(path: Path, form: str) -> set[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(rf"`({form})`", text))


@pytest.mark.parametrize("page", [ARCHITECTURE, CONTRIBUTING], ids=lambda page: page.name)
def test_every_file_and_folder_that_a_page_names_exists(page: Path) -> None:
    paths = names_in(page, r"[\w.]+(?:/[\w.]+)+/?|\w+/")
    assert sorted(path for path in paths if not any((base / path).exists() for base in BASES)) == []


@pytest.mark.parametrize("page", [ARCHITECTURE, CONTRIBUTING], ids=lambda page: page.name)
def test_every_class_that_a_page_names_exists(page: Path) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    classes = {name.partition(".")[0] for name in names_in(page, r"[A-Z][a-z]+[A-Z]?\w*(?:\.\w+)?")}
    assert sorted(name for name in classes if not re.search(rf"^class {name}\b", code, re.MULTILINE)) == []


def test_every_room_has_a_line_in_the_table_of_what_it_knows() -> None:
    section = ARCHITECTURE.read_text(encoding="utf-8").partition("## 3.")[2].partition("\n## ")[0]
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)/` \|", section, re.MULTILINE)) == rooms


def test_every_name_that_the_readme_imports_is_there() -> None:
    imports = re.findall(r"^from ([\w.]+) import (.+)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert imports
    for module, names in imports:
        assert [name for name in names.split(", ") if not hasattr(importlib.import_module(module), name)] == []
