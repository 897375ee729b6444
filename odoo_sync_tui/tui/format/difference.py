"""Text of what a dry run would change: sums, fields, and old and new values beside each other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from textual.content import Content

from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind
from odoo_sync_tui.pipeline.run.difference_log import DifferenceSummary
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.glyphs import Glyphs

CHANGE_COLORS = {
    DifferenceKind.CREATED: render.GOOD,
    DifferenceKind.UPDATED: render.ACCENT,
    DifferenceKind.REACTIVATED: render.GOOD,
    DifferenceKind.RETIRED: render.WARN,
}
"""The theme's colour of each kind of change, beside its word."""

MAX_NAME_LENGTH = 60
MAX_VALUE_LENGTH = 4000
MAX_LISTED_VALUE_LENGTH = 40
MAX_SHOWN_FIELDS = 500
MIN_COLUMN_WIDTH = 24
"""Cells of the narrowest column of values; where there is no room for two of them, the new value is below the old."""


def format_sums(summaries: Iterable[tuple[str, DifferenceSummary]], width: int, glyphs: Glyphs) -> Iterator[Content]:
    """Yield the sums of each entity, by title, and below them the fields of its documents to update."""
    for title, summary in summaries:
        parts = [f"{render.safe_text(title, glyphs, MAX_NAME_LENGTH)}  "]
        sums = [_format_sum(kind, summary, glyphs) for kind in DifferenceKind if summary.changes[kind]]
        yield render.fit(render.assemble(*parts, Content(", ").join(sums)), width, glyphs)
        for name, number in sorted(summary.fields.items(), key=lambda each: (-each[1], each[0])):
            count = render.format_number(number, glyphs)
            field = render.safe_text(name, glyphs, MAX_NAME_LENGTH)
            yield render.fit(render.assemble((f"{count:>9} x ", render.MUTED), field), width, glyphs)


def _format_sum(kind: DifferenceKind, summary: DifferenceSummary, glyphs: Glyphs) -> Content:
    reasons = ", ".join(
        f"{render.format_number(number, glyphs)} {reason}" for reason, number in summary.reasons.most_common()
    )
    why = f" ({reasons})" if kind is DifferenceKind.RETIRED and reasons else ""
    return render.assemble(
        f"{render.format_number(summary.changes[kind], glyphs)} ", (str(kind), CHANGE_COLORS[kind]), why
    )


def format_change(difference: Difference) -> Content:
    """Format what would become of the document, in its colour."""
    return render.assemble((str(difference.change), CHANGE_COLORS[difference.change]))


def describe_difference(difference: Difference, glyphs: Glyphs) -> str:
    """Describe the difference for a list: the reason, the values of a new document, or changed fields."""
    if difference.change is DifferenceKind.RETIRED:
        return str(difference.reason or "")
    is_new = difference.change is DifferenceKind.CREATED
    parts = [
        f"{_format_name(name, glyphs)} {_format_value(each.new, glyphs, MAX_LISTED_VALUE_LENGTH)}"
        if is_new
        else _format_name(name, glyphs)
        for name, each in list(difference.fields.items())[:20]
    ]
    return ", ".join(parts)


def format_difference(difference: Difference, width: int, glyphs: Glyphs) -> Sequence[Entry]:
    """Format all fields of a document, with old and new value beside each other where there is room."""
    reason = f" ({difference.reason})" if difference.reason else ""
    entries = [Entry(render.assemble(format_change(difference), reason))]
    shown = list(difference.fields.items())[:MAX_SHOWN_FIELDS]
    for name, each in shown:
        entries.append(Entry(render.assemble((_format_name(name, glyphs), render.STRONG))))
        old, new = (_format_value(value, glyphs, MAX_VALUE_LENGTH) for value in (each.old, each.new))
        entries += [Entry(line) for line in _lay_out(old, new, width)]
    if len(shown) < len(difference.fields):
        entries.append(Entry(render.assemble((f"{glyphs.ellipsis} and more", render.MUTED))))
    return entries


def _lay_out(old: str, new: str, width: int) -> Iterator[Content]:
    """Lay out two values as columns of one width, each beginning with its word; else one below the other."""
    column = (width - 3) // 2
    if column < MIN_COLUMN_WIDTH:
        yield from (*_column("old", old, render.BAD, width - 2), *_column("new", new, render.GOOD, width - 2))
        return
    lines = zip_longest(_column("old", old, render.BAD, column), _column("new", new, render.GOOD, column))
    for left, right in lines:
        gap = " " * (column + 1 - (left.cell_length if left else 0))
        yield render.assemble(left or "", gap, right or "")


def _column(word: str, value: str, color: str, width: int) -> list[Content]:
    lines = Content.styled(value, color).wrap(max(8, width - 6))
    labels = [(f"  {word} ", render.MUTED), *(("      ", "") for _ in lines[1:])]
    return [render.assemble(label, line.rstrip()) for label, line in zip(labels, lines, strict=True)]


def _format_name(name: str, glyphs: Glyphs) -> str:
    return render.safe_text(name, glyphs, MAX_NAME_LENGTH)


def _format_value(value: object, glyphs: Glyphs, limit: int) -> str:
    """Format a value as JSON, so that a text that looks like a number is seen to be one."""
    if value is None or (isinstance(value, Mapping | list) and not value):
        return "empty"
    return render.safe_text(json.dumps(value, ensure_ascii=False), glyphs, limit)
