"""The shape of the command line."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from odoo_sync_tui.cli.argument_types import parse_time_argument
from odoo_sync_tui.cli.parser import build_parser, get_config_path, get_overrides

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


class TestGlobalOptions:
    @pytest.mark.parametrize("line", ["--config x.toml sync users", "sync users --config x.toml"])
    def test_the_settings_file_may_be_named_before_and_after_the_command(self, line: str):
        assert get_config_path(build_parser().parse_args(line.split())) == Path("x.toml")

    def test_settings_before_and_after_the_command_count_and_the_last_wins(self):
        line = "-o ui.theme=a --set sync.block_size=1 status -o ui.theme=b"
        options = build_parser().parse_args(line.split())
        assert get_overrides(options) == {"ui.theme": "b", "sync.block_size": "1"}

    def test_the_dashboard_takes_the_global_options_too(self):
        options = build_parser().parse_args(["-o", "ui.mouse=false"])
        assert (options.command, get_overrides(options), get_config_path(options)) == (
            None,
            {"ui.mouse": "false"},
            None,
        )

    def test_values_of_set_keep_their_equals_signs(self):
        options = build_parser().parse_args(["status", "-o", "odoo.database=a=b"])
        assert get_overrides(options) == {"odoo.database": "a=b"}


@pytest.mark.parametrize(
    "line",
    [
        "sync",
        "sync everything",
        "sync users --confirm-retire -1",
        "sync users --ful",
        "status -o api_key",
        "audit --limit 0",
        "audit --since yesterday",
        "audit --outcome fine",
        "demo --records 19",
        "demo --records 1000001",
        "demo --dialect 12",
        "unknown",
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(line: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(line.split())
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("2026-01-30T10:00Z", datetime(2026, 1, 30, 10, tzinfo=UTC)),
            ("2026-01-30T10:00+02:00", datetime(2026, 1, 30, 8, tzinfo=UTC)),
            ("2d", datetime(2026, 1, 29, 12, 30, tzinfo=UTC)),
            ("90m", datetime(2026, 1, 31, 11, tzinfo=UTC)),
            ("1w", datetime(2026, 1, 24, 12, 30, tzinfo=UTC)),
        ],
    )
    def test_a_moment_is_a_time_or_an_age(self, text: str, at: datetime):
        assert parse_time_argument(text, NOW) == at

    def test_a_moment_without_zone_is_in_the_operators_own(self):
        assert parse_time_argument("2026-01-30T10:00", NOW) == datetime(2026, 1, 30, 10).astimezone()

    @pytest.mark.parametrize("text", ["", "d", "-2d", "2q", "99999999999d", "31.01.2026", "٣d"])
    def test_a_moment_that_is_none_is_refused_with_examples(self, text: str):
        with pytest.raises(argparse.ArgumentTypeError, match="2026-01-31"):
            parse_time_argument(text, NOW)
