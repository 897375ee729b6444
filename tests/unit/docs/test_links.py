"""The pages hang together: every link leads somewhere, every page can be reached, none is longer than agreed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from odoo_sync_tui.runtime.paths import doc_pages
from tests.unit.docs.pages import ARCHITECTURE, CONTRIBUTING, DOCS, README, ROOT

TEXTS = [*sorted(DOCS.glob("*.md")), README, CONTRIBUTING, CONTRIBUTING.with_name("SECURITY.md"), ARCHITECTURE]


def links_of(path: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not link.startswith(("https://", "http://"))]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(path: Path) -> None:
    targets = {link: path.parent / link.partition("#")[0] for link in links_of(path)}
    assert [link for link, target in targets.items() if not target.exists()] == []


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_page_of_the_manual_links_to_no_file_that_is_not_shipped_with_it(path: Path) -> None:
    assert [link for link in links_of(path) if (path.parent / link.partition("#")[0]).resolve().parent != DOCS] == []


def test_every_page_is_listed_in_the_index() -> None:
    assert {*links_of(DOCS / "index.md")} == {f"{page}.md" for page in doc_pages() if page != "index"}


def test_every_page_says_in_the_index_by_its_own_name_what_it_holds() -> None:
    lines = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (.+) \|$", (DOCS / "index.md").read_text(), re.MULTILINE)
    assert [name for name, page, _ in lines if name != page] == []
    assert len(lines) == len(doc_pages()) - 1


def test_the_readme_leads_to_the_index_of_the_manual() -> None:
    assert "odoo_sync_tui/docs/index.md" in links_of(README)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_page_begins_with_its_title(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_page_names_a_place_of_the_machine_it_was_written_on(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"


@pytest.mark.parametrize(
    ("path", "most"), [(README, 110), (CONTRIBUTING, 90), (ARCHITECTURE, 200)], ids=lambda p: str(p)[-15:]
)
def test_a_page_is_no_longer_than_agreed(path: Path, most: int) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


def test_the_readme_keeps_the_place_where_ci_finds_the_test_command() -> None:
    block = README.read_text(encoding="utf-8").partition("<!-- the test command -->\n")[2].partition("```\n\n")[0]
    assert block.startswith("```sh\npython3 -m venv")
    assert "pytest" in block.splitlines()[1]
