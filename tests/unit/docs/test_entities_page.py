"""The tables of the page on entities are settings that load, and become entities."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.catalog import build_catalog
from odoo_sync_tui.settings.load import load_settings
from tests.unit.docs.pages import DOCS, ROOT, assert_generated

PICTURE = ROOT / "tests" / "tui" / "snapshots" / "discovery_model-80x24.txt"
PAGE = (DOCS / "entities.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=["one", "ready to use"])
def test_every_table_of_the_page_loads(block: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(block, encoding="utf-8")
    catalog = build_catalog(load_settings(path))
    declared = {entity.name: entity.model for entity in catalog if entity not in BUILT_IN.entities}
    assert list(declared) == sorted(re.findall(r"^\[entities\.(\w+)\]", block, re.MULTILINE))
    assert list(declared.values()) == [catalog.get(f"data_lake:{name}").model for name in declared]


def test_the_picture_of_the_discovery_is_the_screen() -> None:
    assert_generated("entities", "discovery screen", f"```text\n{PICTURE.read_text(encoding='utf-8')}```")
