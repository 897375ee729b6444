"""A verification written out: how far it is, or what it found and where to look."""

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
"""Each verdict's sign, words and colour."""

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
"""What each finding means, of one and of several."""

HARMLESS = "pending"
IDS_SHOWN = 20
TITLE_WIDTH = 14
ROWS_WIDTH = 21


@dataclass(frozen=True, slots=True)
class Comparing:
    """A verification at work: the titles of its entities, in their order, and how far the one at work is."""

    titles: tuple[str, ...]
    at_work: EntityProgress | None = None


def extent(sample: int | None, glyphs: Glyphs) -> str:
    """How much is compared, as it stands in a sentence."""
    return f"all ids, {'every row' if sample is None else f'{view.number(sample, glyphs)} rows of each'} in full"


def comparing_lines(work: Comparing, glyphs: Glyphs, width: int) -> list[Content]:
    """How far a verification is: a bar for each entity."""
    name = work.at_work.name if work.at_work else ""
    place = work.titles.index(name) if name in work.titles else -1
    return [_progress(title, _standing(work, index - place), width, glyphs) for index, title in enumerate(work.titles)]


def verification_lines(found: Verification, glyphs: Glyphs, width: int) -> list[Content]:
    """All that was found: the verdict, the figures of each entity, the ids to look at, and what was in the way."""
    sections = (
        [_headline(found, width, glyphs), *_notices(_beside(found), "stale", view.WARN, width, glyphs)],
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


def _beside(found: Verification) -> list[Notice]:
    """What makes the verdict itself doubtful."""
    return [notice for notice in found.warnings if notice.kind == LIVE_RUN]


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an entity stands: its state, the share of it that is done, and what is said of it."""

    state: str
    share: float
    rows: EntityProgress | str


def _standing(work: Comparing, distance: int) -> _Standing:
    """How the entity stands that is so many places behind the one at work."""
    told = work.at_work
    if distance == 0 and told is not None:
        return _Standing("running", told.done / told.total if told.total else 0.0, told)
    return _Standing("success", 1.0, "compared") if distance < 0 and told else _Standing("waiting", 0.0, "waiting")


def _progress(title: str, standing: _Standing, width: int, glyphs: Glyphs) -> Content:
    tone, rows = view.TONES[standing.state], standing.rows
    said = view.line((rows, view.MUTED)) if isinstance(rows, str) else Content(_rows(rows, glyphs))
    bar = view.bar(standing.share, max(0, width - TITLE_WIDTH - ROWS_WIDTH - 4), tone, glyphs)
    name = view.fit(view.safe(title, glyphs, 40), TITLE_WIDTH, glyphs)
    sign = f"{glyphs.state(standing.state)} "
    return view.line((sign, tone), name, " ", bar, " ", view.fit_right(said, ROWS_WIDTH, glyphs))


def _rows(told: EntityProgress, glyphs: Glyphs) -> str:
    done = view.number(told.done, glyphs)
    return done if told.total is None else f"{done} / {view.number(told.total, glyphs)}"


def _headline(found: Verification, width: int, glyphs: Glyphs) -> Content:
    compared = f"{extent(found.sample, glyphs)} compared"
    left = view.line(_verdict(found.verdict, glyphs), "  ", (compared, view.MUTED))
    return view.between(left, view.line((f"  {view.duration(found.duration_seconds, glyphs)}", "")), width, glyphs)


def _verdict(verdict: Verdict, glyphs: Glyphs) -> Content:
    sign, words, tone = VERDICTS[verdict]
    return view.line((f"{glyphs.state(sign)} {words}", tone))


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
    tone = view.MUTED if not found.count or name == HARMLESS else view.WARN
    return view.line((view.number(found.count, glyphs), tone))


def _findings(entity: EntityVerification, width: int, glyphs: Glyphs) -> list[Content]:
    """What is wrong with an entity, in sentences, each with the first ids that it is true of."""
    found = {name: each for name, each in entity.findings.by_name().items() if each.count}
    if not found:
        return []
    lines = [view.line((view.safe(entity.title, glyphs, 60), view.STRONG))]
    for name, each in found.items():
        one, several = SENTENCES[name]
        sentence = f"{view.number(each.count, glyphs)} {one if each.count == 1 else several}{_ids(each, glyphs)}"
        tone = view.MUTED if name == HARMLESS else view.WARN
        lines += [part.pad_left(2) for part in Content.styled(sentence, tone).wrap(max(8, width - 2))]
    return lines


def _ids(found: Found, glyphs: Glyphs) -> str:
    if not found.examples:
        return ""
    shown = found.examples[:IDS_SHOWN]
    more = f" and {view.number(found.count - len(shown), glyphs)} more" if found.count > len(shown) else ""
    return f": {', '.join(map(str, shown))}{more}"


def _notices(notices: Sequence[Notice], sign: str, tone: str, width: int, glyphs: Glyphs) -> list[Content]:
    lines: list[Content] = []
    for notice in notices:
        lines += Content.styled(f"{glyphs.state(sign)} {view.safe(notice, glyphs, 4000)}", tone).wrap(width)
    return lines
