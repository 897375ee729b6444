"""How the output of one command for many sources is told apart: by a name in each line, or in a heading."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Protocol

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands.fleet.children import SourceChild
from odoo_sync_tui.cli.output.stdout import emit, emit_json, emit_safe_lines
from odoo_sync_tui.core.actions import Outcome

_STOPPED = {exit_codes.of_signal(number) for number in (SIGINT, SIGTERM)}
_KILLED_HINT = "If nobody killed it, look at the memory of this machine."


class Printer(Protocol):
    """Prints what the command said of each source, in their order."""

    def print_output(self, child: SourceChild) -> int:
        """Print the lines of a source as they come; return its exit code."""
        ...

    def close(self) -> None:
        """Print what can only be printed when all sources are known."""
        ...


class JsonPrinter:
    """Prints each object with the name of its source. A source that gives no answer gets one."""

    def __init__(self, complain: Callable[[str, str], object]) -> None:
        self._complain = complain

    def print_output(self, child: SourceChild) -> int:
        """Print the objects of a source."""
        answers = lost = 0
        for line in child.read_lines():
            if labelled := _label(child.source, line):
                answers += 1
                emit_safe_lines([labelled])
            else:
                lost += 1
        code = child.get_code()
        if lost:
            self._complain(child.source, f"{lost} lines of its output are no whole JSON objects, and are left out.")
        if code and not answers:
            outcome = Outcome.CANCELLED if code in _STOPPED else Outcome.FAILED
            hint = _KILLED_HINT if code == exit_codes.of_signal(SIGKILL) else ""
            facts = {"outcome": outcome, "error": _describe_end(code), "hint": hint, "kind": "child"}
            emit_json({"source": child.source, **facts})
        return code or (exit_codes.FAILED if lost else exit_codes.SUCCESS)

    def close(self) -> None:
        """Nothing is left to print."""


def _label(source: str, line: str) -> str:
    """Put the name first into an object as it stands; empty if the line is no object."""
    try:
        value: object = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(value, dict):
        return ""
    inner = line.strip()[1:-1].strip()
    return f'{{"source": {json.dumps(source)}{", " if inner else ""}{inner}}}'


class LinePrinter:
    """Prints each line behind the name of its source, as wide as the longest of them."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._width = max(map(len, sources), default=0)

    def print_output(self, child: SourceChild) -> int:
        """Print the lines of a source."""
        for line in _read_or_end(child):
            emit(f"{child.source:<{self._width}}  {line}")
        return child.get_code()

    def close(self) -> None:
        """Nothing is left to print."""


class SectionPrinter:
    """Prints the lines of a source below its name, as ``tail`` does with many files."""

    def __init__(self) -> None:
        self._gap: tuple[str, ...] = ()

    def print_output(self, child: SourceChild) -> int:
        """Print the heading and the lines of a source that has any."""
        heading = (*self._gap, f"==> {child.source} <==")
        for line in _read_or_end(child):
            emit(*heading, line)
            heading, self._gap = (), ("",)
        return child.get_code()

    def close(self) -> None:
        """Nothing is left to print."""


class MetricsPrinter:
    """Collects the figures of all sources and prints them as one text, in which each metric stands once."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}

    def print_output(self, child: SourceChild) -> int:
        """Keep the lines of a source, unless it ended with an error."""
        lines, code = list(child.read_lines()), child.get_code()
        self._texts[child.source] = [] if code else lines
        return code

    def close(self) -> None:
        """Print all of them."""
        from odoo_sync_tui.pipeline.queries.metrics import merge_metrics

        emit(*merge_metrics(self._texts))


def _read_or_end(child: SourceChild) -> Iterator[str]:
    """Yield the lines, or where there is none how a command ended that did not succeed."""
    is_empty = True
    for line in child.read_lines():
        is_empty = False
        yield line
    if is_empty and (code := child.get_code()):
        yield _describe_end(code)


def _describe_end(code: int) -> str:
    """Describe an end without an answer."""
    number = code - exit_codes.of_signal(0)
    name = Signals(number).name if number in set(Signals) else ""
    return f"no answer: ended by {name}" if name else f"no answer: exit code {code}"
