"""Text of a verification: its progress, or its findings with the ids to check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from odoo_sync_tui.core.progress import EntityProgress
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.verification import LIVE_RUN, EntityVerification, Found, Verdict, Verification
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.widgets.columns import Column, fitting, row, titles

VERDICTS = {
    Verdict.IN_STEP: ("success", "in step", view.GOOD),
    Verdict.OUT_OF_STEP: ("failed", "out of step", view.BAD),
    Verdict.UNAVAILABLE: ("unavailable", "not in Odoo", view.WARN),
    Verdict.UNKNOWN: ("stale", "unknown", view.WARN),
}
"""Sign, words and colour of each verdict."""

COLUMNS = (
    Column("entity", 14),
    Column("verdict", 13),
    Column("Odoo", 10, 1, right=True),
    Column("stored", 10, 4, right=True),
    Column("compared", 10, 6, right=True),
    Column("missing", 8, 0, right=True),
    Column("extra", 7, 0, right=True),
    Column("different", 9, 0, right=True),
    Column("state", 6, 2, right=True),
    Column("quar.", 6, 3, right=True),
    Column("pending", 8, 5, right=True),
)

SENTENCES = {
    "missing": ("row has no document", "rows have no document"),
    "extra": ("active document has no row", "active documents have no row"),
    "different": ("document holds something else than its row", "documents hold something else than their rows"),
    "state": (
        "document is active although its row is archived, or the reverse",
        "documents are active although their rows are archived, or the reverse",
    ),
    "quarantined": ("row is in quarantine", "rows are in quarantine"),
    "pending": (
        "row was written after the last sync; the next one brings it",
        "rows were written after the last sync; the next one brings them",
    ),
}
"""Meaning of each finding, singular and plural."""

HARMLESS = "pending"
IDS_SHOWN = 20
TITLE_WIDTH = 14
ROWS_WIDTH = 21


@dataclass(frozen=True, slots=True)
class Comparing:
    """Progress of a verification: the titles of its entities in order, and the progress of the current one."""

    titles: tuple[str, ...]
    at_work: EntityProgress | None = None


def extent(sample: int | None, glyphs: Glyphs) -> str:
    """Describe the extent of the comparison, for use in a sentence."""
    return f"all ids, {'every row' if sample is None else f'{view.number(sample, glyphs)} rows of each'} in full"


def comparing_lines(work: Comparing, glyphs: Glyphs, width: int) -> list[Content]:
    """Format the progress of a verification: one bar per entity."""
    name = work.at_work.name if work.at_work else ""
    place = work.titles.index(name) if name in work.titles else -1
    return [
        _bar_line(title, _entity_bar(work, index - place), width, glyphs) for index, title in enumerate(work.titles)
    ]


def verification_lines(found: Verification, glyphs: Glyphs, width: int) -> list[Content]:
    """Format the findings: the verdict, the figures of each entity, the ids to check, errors and warnings."""
    sections = (
        [_headline(found, width, glyphs), *_notices(_doubts(found), "stale", view.WARN, width, glyphs)],
        list(_table(found, width, glyphs)),
        *(_findings(entity, width, glyphs) for entity in found.entities),
        _notices(found.errors, "failed", view.BAD, width, glyphs),
        _notices([each for each in found.warnings if each.kind != LIVE_RUN], "stale", view.WARN, width, glyphs),
    )
    lines: list[Content] = []
    for section in sections:
        if section:
            lines += [Content(""), *section] if lines else section
    return [view.fit(line, width, glyphs) for line in lines]


def _doubts(found: Verification) -> list[Notice]:
    """Select the warnings that make the verdict itself doubtful."""
    return [notice for notice in found.warnings if notice.kind == LIVE_RUN]


@dataclass(frozen=True, slots=True)
class _EntityBar:
    """Progress of one entity: its state, the share done, and its rows or a word instead of rows."""

    state: str
    share: float
    rows: EntityProgress | str


def _entity_bar(work: Comparing, distance: int) -> _EntityBar:
    """Return the progress of the entity at ``distance`` places behind the current one."""
    current = work.at_work
    if distance == 0 and current is not None:
        return _EntityBar("running", current.done / current.total if current.total else 0.0, current)
    return _EntityBar("success", 1.0, "compared") if distance < 0 and current else _EntityBar("waiting", 0.0, "waiting")


def _bar_line(title: str, entity_bar: _EntityBar, width: int, glyphs: Glyphs) -> Content:
    color, rows = view.TONES[entity_bar.state], entity_bar.rows
    label = view.line((rows, view.MUTED)) if isinstance(rows, str) else Content(_rows(rows, glyphs))
    bar = view.bar(entity_bar.share, max(0, width - TITLE_WIDTH - ROWS_WIDTH - 4), color, glyphs)
    name = view.fit(view.safe(title, glyphs, 40), TITLE_WIDTH, glyphs)
    sign = f"{glyphs.state(entity_bar.state)} "
    return view.line((sign, color), name, " ", bar, " ", view.fit_right(label, ROWS_WIDTH, glyphs))


def _rows(progress: EntityProgress, glyphs: Glyphs) -> str:
    done = view.number(progress.done, glyphs)
    return done if progress.total is None else f"{done} / {view.number(progress.total, glyphs)}"


def _headline(found: Verification, width: int, glyphs: Glyphs) -> Content:
    compared = f"{extent(found.sample, glyphs)} compared"
    left = view.line(_verdict(found.verdict, glyphs), "  ", (compared, view.MUTED))
    return view.between(left, view.line((f"  {view.duration(found.duration_seconds, glyphs)}", "")), width, glyphs)


def _verdict(verdict: Verdict, glyphs: Glyphs) -> Content:
    sign, words, color = VERDICTS[verdict]
    return view.line((f"{glyphs.state(sign)} {words}", color))


def _table(found: Verification, width: int, glyphs: Glyphs) -> Iterator[Content]:
    columns = fitting(COLUMNS, width)
    yield titles(columns, width, glyphs)
    for entity in found.entities:
        cells = _cells(entity, glyphs)
        yield row(columns, [cells[column.title] for column in columns], width, glyphs)


def _cells(entity: EntityVerification, glyphs: Glyphs) -> dict[str, Content | str]:
    findings = entity.findings.by_name()
    return {
        "entity": view.safe(entity.title, glyphs, 60),
        "verdict": _verdict(entity.verdict, glyphs),
        "Odoo": view.number(entity.odoo, glyphs),
        "stored": view.number(entity.stored, glyphs),
        "compared": view.number(entity.compared, glyphs),
        "quar.": _count("quarantined", findings["quarantined"], glyphs),
        **{name: _count(name, found, glyphs) for name, found in findings.items()},
    }


def _count(name: str, found: Found, glyphs: Glyphs) -> Content:
    color = view.MUTED if not found.count or name == HARMLESS else view.WARN
    return view.line((view.number(found.count, glyphs), color))


def _findings(entity: EntityVerification, width: int, glyphs: Glyphs) -> list[Content]:
    """Format the findings of an entity, each with its first ids."""
    found = {name: each for name, each in entity.findings.by_name().items() if each.count}
    if not found:
        return []
    lines = [view.line((view.safe(entity.title, glyphs, 60), view.STRONG))]
    for name, each in found.items():
        one, several = SENTENCES[name]
        sentence = f"{view.number(each.count, glyphs)} {one if each.count == 1 else several}{_ids(each, glyphs)}"
        color = view.MUTED if name == HARMLESS else view.WARN
        lines += [part.pad_left(2) for part in Content.styled(sentence, color).wrap(max(8, width - 2))]
    return lines


def _ids(found: Found, glyphs: Glyphs) -> str:
    if not found.examples:
        return ""
    shown = found.examples[:IDS_SHOWN]
    more = f" and {view.number(found.count - len(shown), glyphs)} more" if found.count > len(shown) else ""
    return f": {', '.join(map(str, shown))}{more}"


def _notices(notices: Sequence[Notice], sign: str, color: str, width: int, glyphs: Glyphs) -> list[Content]:
    lines: list[Content] = []
    for notice in notices:
        lines += Content.styled(f"{glyphs.state(sign)} {view.safe(notice, glyphs, 4000)}", color).wrap(width)
    return lines
