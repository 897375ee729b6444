"""Many Odoos of a test: main settings, and a file for each source, in a directory of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from odoo_sync_tui.demo import DemoOdoo

SCHEDULE = '[schedule.departments]\nevery = "15m"\n'


def write_main(directory: Path, mongo_uri: str, database: str, text: str = SCHEDULE) -> Path:
    """Write main settings that know no Odoo of their own; ``text`` is added."""
    path = directory / "settings.toml"
    path.write_text(f'[mongo]\nuri = "{mongo_uri}"\ndatabase = "{database}"\n{text}')
    path.chmod(0o600)
    (directory / "sources.d").mkdir(mode=0o700, exist_ok=True)
    return path


def write_source(config: Path, name: str, odoo: DemoOdoo, database: str, text: str = "") -> Path:
    """Write the file of a source; ``text`` comes before its tables: ``tags = ["gold"]``."""
    path = config.parent / "sources.d" / f"{name}.toml"
    values = {"url": odoo.url, "database": odoo.database, "username": odoo.username, "api_key": odoo.api_key}
    login = "\n".join(f'{key} = "{value}"' for key, value in values.items())
    path.write_text(f'{text}\n[odoo]\n{login}\n[mongo]\ndatabase = "{database}_{name}"\n')
    path.chmod(0o600)
    return path


def write_fleet(
    directory: Path, mongo_uri: str, database: str, odoos: Mapping[str, DemoOdoo], text: str = SCHEDULE
) -> Path:
    """Write main settings and the files of these sources; return the path of the main settings."""
    config = write_main(directory, mongo_uri, database, text)
    for name, odoo in odoos.items():
        write_source(config, name, odoo, database)
    return config
