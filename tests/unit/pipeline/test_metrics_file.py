"""Where the file of the metrics may be, and what doctor says of a place that cannot be written to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.settings.load import build_settings_from_overrides


def check(path: Path) -> Check:
    settings = build_settings_from_overrides({"metrics.textfile": str(path)})
    return next(each for each in Doctor(lambda: settings, None, None).checks() if each.name == "machine.metrics")


def test_doctor_says_whether_the_file_can_be_written(tmp_path: Path) -> None:
    assert check(tmp_path / "odoo.prom").health is Grade.OK
    missing = check(tmp_path / "nowhere" / "odoo.prom")
    assert (missing.health, "no such directory" in missing.message) == (Grade.FAIL, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_doctor_fails_a_directory_of_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert check(tmp_path / "odoo.prom").health is Grade.FAIL


@pytest.mark.parametrize("text", ["odoo.prom", "/var/lib/odoo.txt", "/var/lib/"])
def test_a_path_that_node_exporter_would_not_read_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\*\.prom"):
        build_settings_from_overrides({"metrics.textfile": text})
