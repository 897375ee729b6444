"""Every command of the dashboard that the command line knows too: shown as a shell reads it, and copied."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import pytest

from odoo_sync_tui.cli.parser import build_parser
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.audit.events import AuditQuery, Exclusions
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.commands.command_line import Subject, format_command_line
from odoo_sync_tui.tui.commands.registry import COMMANDS, COMMANDS_BY_ID
from tests.support.fake_backend.backend import FakeBackend
from tests.tui.support.screen import RunApp

ON_SCREEN_ALONE = {
    "run.mode", "odoo.count", "entity.search", "entity.further", "entity.next", "entity.previous", "record.copy",
    "discovery.search", "discovery.all", "discovery.none", "discovery.custom", "discovery.table", "discovery.stop",
    "verification.stop", "audit.order", "audit.follow", "audit.copy", "manual.next", "manual.previous", "screen.back",
    "app.palette", "app.theme", "app.command_line", "app.quit", "fleet.state", "fleet.all", "fleet.mark_all",
    "fleet.details",
}  # fmt: skip
"""What has no command line: it looks at the screen, or ends with the process there."""

PROGRAM = ("odoo-sync-tui", "--config=/etc/my settings.toml", "--set=ui.environment=it's")
ACCOUNTS = next(entity for entity in BUILT_IN if entity.name == "accounts")
ALL = Subject(
    mode=Mode.FULL,
    entity=ACCOUNTS,
    is_open=True,
    record_id=42,
    marked=(42, 43),
    run_id="run-1",
    dry_runs=[(Action.USERS, Scope(dry_run=True, mode=Mode.FULL))],
    withheld={"sync_data_lake": {"accounts": 31, "invoices": 40}},
    adopting=Action.USERS,
    model="sale.order",
    table="orders",
)
"""What commands are about where everything is there."""


def lines_of(command_id: str, subject: Subject = ALL) -> list[str]:
    build = COMMANDS_BY_ID[command_id].command_line
    return [shlex.join(words) for words in build(subject)] if build else []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_a_command_has_command_lines_that_the_program_takes_or_is_known_to_have_none(command: Command) -> None:
    assert (command.command_line is None) == (command.id in ON_SCREEN_ALONE)
    if command.command_line is None:
        return
    lines = command.command_line(ALL)
    assert lines
    for words in lines:
        understand(format_command_line(PROGRAM, words))


def understand(line: str) -> None:
    """Parse it as the program does that a shell starts with it."""
    words = shlex.split(line)[1:]
    if "--help" not in words:
        build_parser().parse_args(words)


def test_command_lines_do_what_the_keys_do() -> None:
    assert lines_of("sync.users") == ["sync users --full"]
    assert lines_of("sync.choose") == ["sync data-lake --entity=accounts --full"]
    assert lines_of("entity.sync_marked") == ["sync data-lake --entity=accounts --id=42 --id=43"]
    assert lines_of("run.confirm_retire") == [
        "sync data-lake --entity=accounts --confirm-retire=31",
        "sync data-lake --entity=invoices --confirm-retire=40",
    ]
    assert lines_of("view.differences") == ["sync users --full --dry-run"]
    assert lines_of("differences.run") == ["sync users --full"]
    assert lines_of("view.verification") == ["verify data-lake --entity=accounts"]
    assert lines_of("view.verification", Subject(entity=ACCOUNTS)) == ["verify"]
    assert lines_of("quarantine.retry") == ["quarantine retry data_lake:accounts 42 43"]
    assert lines_of("verification.mend", Subject()) == ["verify --repair"]
    assert lines_of("run.cancel") == ["cancel run-1"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_where_nothing_is_there_a_command_is_left_out_or_needs_nothing(command: Command) -> None:
    for words in command.command_line(Subject()) if command.command_line else ():
        understand(format_command_line(("odoo-sync-tui",), words))


def test_a_filter_is_told_where_the_command_line_has_its_conditions() -> None:
    since = datetime(2026, 1, 31, 8, tzinfo=UTC)
    query = AuditQuery(actions=("sync_users",), user_id="anna & co", since=since)
    assert lines_of("audit.filter", Subject(query=query)) == [
        "audit --action=sync_users '--user=anna & co' --since=2026-01-31T08:00:00+00:00"
    ]
    for unknown in (AuditQuery(texts=("x",)), AuditQuery(exclusions=Exclusions(texts=("x",))), AuditQuery(until=since)):
        assert lines_of("audit.export", Subject(query=unknown)) == []


def test_a_command_line_is_one_line_for_a_shell_whatever_is_in_it_and_tells_no_secret() -> None:
    register_secrets(["canary-of-the-key"])
    line = format_command_line(PROGRAM, ("cancel", "x'; rm -rf ~\n\x1b]52;", "--reason=canary-of-the-key"))
    assert shlex.split(line)[:4] == [*PROGRAM, "cancel"]
    assert len(shlex.split(line)) == 6
    assert "canary" not in line
    assert line.isprintable()


async def test_a_key_shows_the_command_lines_of_the_screen_and_others_copy_theirs(
    run_app: RunApp,
) -> None:
    async with run_app(FakeBackend(), program=PROGRAM) as screen:
        await screen.shows("opportunities")
        await screen.press("exclamation_mark")
        await screen.shows("Command lines", "Sync departments", "sync departments", "A key copies its command line")
        await screen.press("u")
        await screen.until(lambda: screen.app.clipboard, "it is sent")
        assert shlex.split(screen.app.clipboard) == [*PROGRAM, "sync", "users"]
        await screen.shows("Sync users: Sent to the terminal")
        await screen.press("escape")
        await screen.until(lambda: "Command lines" not in screen.text, "it closes")


async def test_the_command_line_of_what_is_chosen_is_shown_and_copied(run_app: RunApp) -> None:
    async with run_app(FakeBackend(), program=("odoo-sync-tui",)) as screen:
        await screen.shows("opportunities")
        await screen.press("s", "exclamation_mark")
        await screen.shows("Sync what is chosen", "odoo-sync-tui sync ")
        await screen.press("y")
        await screen.until(lambda: screen.app.clipboard, "it is sent")
        for line in screen.app.clipboard.splitlines():
            understand(line)
