"""``docs``: the manual on the terminal, whatever the state of settings and servers."""

from __future__ import annotations

import pytest

from odoo_sync_tui.runtime.paths import doc_pages
from tests.unit.cli.conftest import Run


def test_docs_without_a_page_prints_the_list_of_pages(run: Run):
    ended = run("docs")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("# ")
    assert [page for page in doc_pages() if page != "index" and f"({page}.md)" not in ended.out] == []


@pytest.mark.parametrize("page", sorted(doc_pages()))
def test_docs_prints_each_page_without_the_marks_of_what_is_generated(run: Run, page: str):
    ended = run("docs", page)
    assert (ended.code, ended.err) == (0, "")
    written = doc_pages()[page].read_text(encoding="utf-8")
    assert ended.out.splitlines() == [line for line in written.splitlines() if not line.startswith("<!--")]
    assert "<!--" not in ended.out


@pytest.mark.parametrize("link", ["data.md", "data.md#collections", "data#collections"])
def test_docs_takes_a_page_as_links_between_pages_call_it(run: Run, link: str):
    assert run("docs", link).out == run("docs", "data").out


def test_docs_refuses_an_unknown_page_with_the_list_of_pages(run: Run):
    ended = run("docs", "nothing")
    assert (ended.code, ended.out) == (2, "")
    assert "'nothing'" in ended.err
    assert [page for page in doc_pages() if page not in ended.err.replace("'", "").partition("choose from ")[2]] == []


def test_the_help_of_docs_names_the_pages_the_index_first(run: Run):
    ended = run("docs", "--help")
    pages = ", ".join(["index", *sorted(set(doc_pages()) - {"index"})])
    assert ended.code == 0
    assert pages in " ".join(ended.out.split())


def test_docs_works_with_settings_that_nobody_can_read(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "nonsense")
    assert run("docs", "--config", "/nowhere/settings.toml").code == 0
