"""One command for many sources: how its arguments are handed on, which are refused, and how answers are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from odoo_sync_tui.cli.commands.fleet.printers import JsonPrinter, LinePrinter, SectionPrinter
from odoo_sync_tui.cli.exit_codes import get_worst
from odoo_sync_tui.cli.options.sources import drop_sources
from tests.unit.cli.conftest import Run


@dataclass
class Child:
    """A process that has ended."""

    source: str
    lines: Sequence[str] = ()
    code: int = 0

    def read_lines(self) -> Iterator[str]:
        return iter(self.lines)

    def get_code(self) -> int:
        return self.code


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("sync users --all --json", "sync users --json"),
        ("--tag gold sync --tag=eu users --tag x", "sync users"),
        ("sync users --user=--all --entity a", "sync users --user=--all --entity a"),
        ("changes tail --consumer x --all -- --all", "changes tail --consumer x -- --all"),
    ],
)
def test_a_process_is_given_all_arguments_but_those_that_choose_sources(given: str, kept: str) -> None:
    assert list(drop_sources(given.split())) == kept.split()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("--every 15m", "--every"),
        ("--detach", "--detach"),
        ("--confirm-retire 3", "--confirm-retire"),
        ("--confirm-retire 0", "--confirm-retire"),
        ("--adopt-source", "--adopt-source"),
        ("--accept-mask-key", "--accept-mask-key"),
        ("--id 4", "--id"),
        ("--not 08:00-09:00", "--not"),
        ("--source one", "--source"),
    ],
)
def test_what_means_one_source_is_refused_for_many(run: Run, options: str, named: str) -> None:
    for choice in (["--all"], ["--tag", "gold"]):
        ended = run("sync", "users", *options.split(), *choice)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"odoo-sync-tui: {named} ")
        assert choice[0] in ended.err


@pytest.mark.parametrize("options", ["--follow", "--after 3"])
def test_what_means_one_change_log_is_refused_for_many(run: Run, options: str) -> None:
    ended = run("changes", "tail", "--all", *options.split())
    assert (ended.code, options.split()[0] in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("codes", "worst"),
    [([], 0), ([0, 0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([3, 2, 1], 2), ([0, 137], 1), ([137, 2], 2)],
)
def test_the_worst_code_is_that_which_asks_most_of_somebody(codes: list[int], worst: int) -> None:
    assert get_worst(codes, if_lost=1) == worst


def test_an_object_begins_with_its_source_and_is_otherwise_as_it_was(capsys) -> None:
    printer = JsonPrinter(lambda *_: None)
    assert printer.print_output(Child("be", ['{"a": 1.10}', "{}"])) == 0
    assert capsys.readouterr().out == '{"source": "be", "a": 1.10}\n{"source": "be"}\n'


def test_a_source_without_an_answer_gets_one_and_half_a_line_is_no_success(capsys) -> None:
    told: list[tuple[str, str]] = []
    printer = JsonPrinter(lambda *words: told.append(words))
    assert printer.print_output(Child("be", ['{"a": "cut'])) == 1
    assert [source for source, _ in told] == ["be"]
    assert printer.print_output(Child("uk", code=137)) == 137
    assert '"source": "uk", "outcome": "failed", "error": "no answer: ended by SIGKILL"' in capsys.readouterr().out


def test_lines_are_told_apart_by_a_column_or_a_heading(capsys) -> None:
    children = [Child("be", ["all well"]), Child("france"), Child("uk", code=3)]
    for printer in (LinePrinter(["be", "france"]), SectionPrinter()):
        assert [printer.print_output(each) for each in children] == [0, 0, 3]
    assert capsys.readouterr().out.splitlines() == [
        "be      all well",
        "uk      no answer: exit code 3",
        "==> be <==",
        "all well",
        "",
        "==> uk <==",
        "no answer: exit code 3",
    ]
