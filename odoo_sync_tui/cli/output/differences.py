"""Text of what a dry run would change."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import chain
from math import inf
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.output.stdout import emit, emit_safe_lines
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.files import FileError

if TYPE_CHECKING:  # the pipeline loads the drivers
    from argparse import Namespace

    from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog, DifferenceSummary

DEFAULT_DOCUMENTS = 20
"""Documents of each entity that are shown as text, where nothing else is asked."""

MAX_FIELDS = 15
"""Fields that are listed of an entity and of a document."""

MAX_NAME_LENGTH = 60
MAX_VALUE_LENGTH = 60
COMMON_LENGTH = 20
"""Characters that are shown before the first one that differs, where a value is too long to be shown."""
MAX_NEW_DOCUMENT_LENGTH = 160


@contextmanager
def open_log(options: Namespace, print_message: Callable[[str], object]) -> Generator[DifferenceLog | None]:
    """Open the file for the differences of a dry run, or nothing for another run.

    Without a place for the file, the message says so, and the run can still count.

    Raises:
        ConfigurationError: differences are asked of a run that is none.
    """
    if not options.dry_run:
        if options.differences is not None:
            raise ConfigurationError("--differences speaks of a dry run, and this is none.", "Add --dry-run.")
        yield None
        return
    from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog

    default = inf if options.json else DEFAULT_DOCUMENTS
    try:
        log = DifferenceLog(default if options.differences is None else options.differences)
    except FileError as error:
        print_message(str(error))
        log = DifferenceLog(0)
    with log:
        yield log


def emit_differences(log: DifferenceLog, *, as_json: bool) -> None:
    """Print what a dry run would change: as text, or each document as one line of JSON.

    Raises:
        FileError: the differences cannot be read.
        StdoutClosed: stdout has no reader any more.
    """
    if as_json:
        emit_safe_lines(chain.from_iterable(map(log.lines, log.summaries)))
        return
    if not log.summaries:
        emit("nothing would change")
    for line in format_differences(log, "--differences all"):
        emit(line)


def format_differences(log: DifferenceLog, option: str) -> Iterator[str]:
    """Yield the lines of a report: of each entity its sums, the changed fields, and its kept documents.

    ``option``: that of the command which shows all documents.
    """
    from odoo_sync_tui.pipeline.run.difference_log import parse_difference

    for name, summary in log.summaries.items():
        yield from _format_summary(name, summary)
        for line in log.lines(name):
            yield from _format_document(parse_difference(line))
        yield from format_rest(summary.changes.total() - log.limit, f"documents; {option} shows them")


def _format_summary(name: str, summary: DifferenceSummary) -> Iterator[str]:
    reasons = ", ".join(f"{format_number(number)} {reason}" for reason, number in summary.reasons.most_common())
    sums = [
        f"{format_number(summary.changes[kind])} {kind}" + (f" ({reasons})" if kind is DifferenceKind.RETIRED else "")
        for kind in DifferenceKind
        if summary.changes[kind]
    ]
    yield ""
    yield f"{name}: {', '.join(sums)}"
    fields = sorted(summary.fields.items(), key=lambda each: (-each[1], each[0]))
    width = len(format_number(fields[0][1])) if fields else 0
    for field, number in fields[:MAX_FIELDS]:
        yield f"  {format_number(number):>{width}} x {sanitize(field, MAX_NAME_LENGTH)}"
    yield from format_rest(len(fields) - MAX_FIELDS, "fields")


def _format_document(difference: Difference) -> Iterator[str]:
    reason = f" ({difference.reason})" if difference.reason else ""
    title = f"  {difference.change} {difference.odoo_id}{reason}"
    if difference.change is DifferenceKind.CREATED:
        values = ", ".join(f"{format_name(name)} {format_value(each.new)}" for name, each in difference.fields.items())
        yield f"{title}: {sanitize(values, MAX_NEW_DOCUMENT_LENGTH)}"
        return
    yield title
    changes = list(difference.fields.items())
    yield from (f"    {format_name(name)}: {format_change(change)}" for name, change in changes[:MAX_FIELDS])
    yield from (f"  {line}" for line in format_rest(len(changes) - MAX_FIELDS, "fields"))


def format_change(change: ValueChange) -> str:
    """Format both values; of long texts what follows their common beginning."""
    old, new = (json.dumps(to_jsonable(each), ensure_ascii=False) for each in (change.old, change.new))
    common = next((at for at, (left, right) in enumerate(zip(old, new, strict=False)) if left != right), 0)
    skipped = common - COMMON_LENGTH
    if skipped > 0 and max(len(old), len(new)) > MAX_VALUE_LENGTH:
        old, new = (f"...{each[skipped:]}" for each in (old, new))
    return f"{sanitize(old, MAX_VALUE_LENGTH)} -> {sanitize(new, MAX_VALUE_LENGTH)}"


def format_name(name: str) -> str:
    """Format the name of a field."""
    return sanitize(name, MAX_NAME_LENGTH)


def format_value(value: object) -> str:
    """Format one value."""
    return sanitize(json.dumps(to_jsonable(value), ensure_ascii=False), MAX_VALUE_LENGTH)


def format_rest(number: float, what: str) -> Iterator[str]:
    """Yield a line about what is left out, where something is."""
    if number > 0:
        yield f"  and {format_number(int(number))} more {what}"
