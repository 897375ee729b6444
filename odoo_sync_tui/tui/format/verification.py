"""Text of a verification: its progress, or its findings with the ids to check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.content import Content

from odoo_sync_tui.core.progress import EntityProgress
from odoo_sync_tui.core.reports.verification import LIVE_RUN_KIND, EntityVerification, IdSample, Verdict, Verification
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import locate_record
from odoo_sync_tui.tui.format.layout import Column, Table, widen_first
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState

VERDICT_STYLES = {
    Verdict.IN_STEP: ("success", "in step", render.GOOD),
    Verdict.OUT_OF_STEP: ("failed", "out of step", render.BAD),
    Verdict.UNAVAILABLE: ("unavailable", "not in Odoo", render.WARN),
    Verdict.UNKNOWN: ("stale", "unknown", render.WARN),
}
"""Sign, words and colour of each verdict."""

COLUMNS = (
    Column("entity", 14),
    Column("verdict", 13),
    Column("Odoo", 10, 1, align_right=True),
    Column("stored", 10, 4, align_right=True),
    Column("compared", 10, 6, align_right=True),
    Column("missing", 8, 0, align_right=True),
    Column("extra", 7, 0, align_right=True),
    Column("different", 9, 0, align_right=True),
    Column("state", 6, 2, align_right=True),
    Column("quar.", 6, 3, align_right=True),
    Column("pending", 8, 5, align_right=True),
)

FINDING_SENTENCES = {
    "missing": ("row has no document", "rows have no document"),
    "extra": ("active document has no row", "active documents have no row"),
    "different": ("document holds something else than its row", "documents hold something else than their rows"),
    "state": (
        "document is active although its row is archived, or the reverse",
        "documents are active although their rows are archived, or the reverse",
    ),
    "quarantined": ("row is in quarantine", "rows are in quarantine"),
    "dismissed": ("row is dismissed from the quarantine", "rows are dismissed from the quarantine"),
    "pending": (
        "row was written after the last sync; the next one brings it",
        "rows were written after the last sync; the next one brings them",
    ),
}
"""Meaning of each finding, singular and plural."""

HARMLESS_FINDINGS = frozenset({"pending", "dismissed"})
WITHOUT_ROW = "extra"
"""Finding about records that are gone in Odoo, so that their addresses lead nowhere."""
MAX_IDS = 20
TITLE_WIDTH = 14
ROWS_WIDTH = 21
MIN_BAR_WIDTH = 10


@dataclass(frozen=True, slots=True)
class VerificationProgress:
    """Progress of a verification: the titles of its entities in order, and the progress of the current one."""

    titles: tuple[str, ...]
    current: EntityProgress | None = None


def describe_coverage(sample: int | None, glyphs: Glyphs) -> str:
    """Describe the extent of the comparison, for use in a sentence."""
    return (
        f"all ids, {'every row' if sample is None else f'{render.format_number(sample, glyphs)} rows of each'} in full"
    )


def format_verification_progress(work: VerificationProgress, glyphs: Glyphs, width: int) -> list[Content]:
    """Format the progress of a verification: one bar per entity."""
    name = work.current.name if work.current else ""
    place = work.titles.index(name) if name in work.titles else -1
    longest = max((len(title) for title in work.titles), default=0)
    title_width = max(TITLE_WIDTH, min(longest, width - ROWS_WIDTH - MIN_BAR_WIDTH - 4))
    return [
        _bar_line(render.fit(render.safe_text(title, glyphs, 60), title_width, glyphs), bar, width, glyphs)
        for index, title in enumerate(work.titles)
        for bar in [_entity_bar(work, index - place)]
    ]


def list_addresses(found: Verification, state: DashboardState) -> list[str]:
    """List the addresses in Odoo of the records that are out of step, as far as the screen names them."""
    return [
        address
        for entity in found.entities
        for name, sample in entity.findings.by_name().items()
        if name not in {WITHOUT_ROW, *HARMLESS_FINDINGS}
        for odoo_id in sample.examples[:MAX_IDS]
        if (address := locate_record(state, entity.id, odoo_id)) is not None
    ]


def format_verification(found: Verification, state: DashboardState, width: int) -> list[Content]:
    """Format the findings: the verdict, the figures of each entity, the ids to check, errors and warnings."""
    glyphs = state.glyphs
    titles = (render.safe_text(entity.title, glyphs, 60) for entity in found.entities)
    table = Table(widen_first(COLUMNS, titles, width), width, glyphs)
    sections = (
        [_headline(found, width, glyphs), *_notices(_doubts(found), "stale", render.WARN, width, glyphs)],
        [table.format_titles(), *(table.format_row(_cells(entity, glyphs)) for entity in found.entities)],
        *(_findings(entity, width, state) for entity in found.entities),
        _notices(found.errors, "failed", render.BAD, width, glyphs),
        _notices([each for each in found.warnings if each.kind != LIVE_RUN_KIND], "stale", render.WARN, width, glyphs),
    )
    lines: list[Content] = []
    for section in sections:
        if section:
            lines += [Content(""), *section] if lines else section
    return [render.fit(line, width, glyphs) for line in lines]


def _doubts(found: Verification) -> list[Notice]:
    """Select the warnings that make the verdict itself doubtful."""
    return [notice for notice in found.warnings if notice.kind == LIVE_RUN_KIND]


@dataclass(frozen=True, slots=True)
class _EntityBar:
    """Progress of one entity: its state, the share done, and its rows or a word instead of rows."""

    state: str
    share: float
    rows: EntityProgress | str


def _entity_bar(work: VerificationProgress, distance: int) -> _EntityBar:
    """Return the progress of the entity at ``distance`` places behind the current one."""
    current = work.current
    if distance == 0 and current is not None:
        return _EntityBar("running", current.done / current.total if current.total else 0.0, current)
    return _EntityBar("success", 1.0, "compared") if distance < 0 and current else _EntityBar("waiting", 0.0, "waiting")


def _bar_line(name: Content, entity_bar: _EntityBar, width: int, glyphs: Glyphs) -> Content:
    color, rows = render.STATE_COLORS[entity_bar.state], entity_bar.rows
    label = render.assemble((rows, render.MUTED)) if isinstance(rows, str) else Content(_rows(rows, glyphs))
    bar = render.format_bar(entity_bar.share, max(0, width - name.cell_length - ROWS_WIDTH - 4), color, glyphs)
    sign = f"{glyphs.get_state_sign(entity_bar.state)} "
    return render.assemble((sign, color), name, " ", bar, " ", render.fit_right(label, ROWS_WIDTH, glyphs))


def _rows(progress: EntityProgress, glyphs: Glyphs) -> str:
    done = render.format_number(progress.done, glyphs)
    return done if progress.total is None else f"{done} / {render.format_number(progress.total, glyphs)}"


def _headline(found: Verification, width: int, glyphs: Glyphs) -> Content:
    compared = f"{describe_coverage(found.sample, glyphs)} compared"
    left = render.assemble(_verdict(found.verdict, glyphs), "  ", (compared, render.MUTED))
    return render.align_ends(
        left, render.assemble((f"  {render.format_duration(found.duration_seconds, glyphs)}", "")), width, glyphs
    )


def _verdict(verdict: Verdict, glyphs: Glyphs) -> Content:
    sign, words, color = VERDICT_STYLES[verdict]
    return render.assemble((f"{glyphs.get_state_sign(sign)} {words}", color))


def _cells(entity: EntityVerification, glyphs: Glyphs) -> dict[str, Content | str]:
    findings = entity.findings.by_name()
    return {
        "entity": render.safe_text(entity.title, glyphs, 60),
        "verdict": _verdict(entity.verdict, glyphs),
        "Odoo": render.format_number(entity.odoo, glyphs),
        "stored": render.format_number(entity.stored, glyphs),
        "compared": render.format_number(entity.compared, glyphs),
        "quar.": _count("quarantined", findings["quarantined"], glyphs),
        **{name: _count(name, found, glyphs) for name, found in findings.items()},
    }


def _count(name: str, found: IdSample, glyphs: Glyphs) -> Content:
    color = render.MUTED if not found.count or name in HARMLESS_FINDINGS else render.WARN
    return render.assemble((render.format_number(found.count, glyphs), color))


def _findings(entity: EntityVerification, width: int, state: DashboardState) -> list[Content]:
    """Format the findings of an entity, each with its first ids, which are links to the records in Odoo."""
    glyphs = state.glyphs
    found = {name: each for name, each in entity.findings.by_name().items() if each.count}
    if not found:
        return []
    lines = [render.assemble((render.safe_text(entity.title, glyphs, 60), render.STRONG))]
    for name, each in found.items():
        one, several = FINDING_SENTENCES[name]
        locate = None if name == WITHOUT_ROW else partial(locate_record, state, entity.id)
        sentence = render.assemble(
            f"{render.format_number(each.count, glyphs)} {one if each.count == 1 else several}",
            _ids(each, locate, glyphs),
        )
        color = render.MUTED if name in HARMLESS_FINDINGS else render.WARN
        lines += [part.pad_left(2) for part in sentence.stylize_before(color).wrap(max(8, width - 2))]
    return lines


def _ids(found: IdSample, locate: Callable[[int], str | None] | None, glyphs: Glyphs) -> Content:
    if not found.examples:
        return Content("")
    shown = found.examples[:MAX_IDS]
    more = f" and {render.format_number(found.count - len(shown), glyphs)} more" if found.count > len(shown) else ""
    links = [render.link(str(odoo_id), locate(odoo_id) if locate else None) for odoo_id in shown]
    return render.assemble(": ", Content(", ").join(links), more)


def _notices(notices: Sequence[Notice], sign: str, color: str, width: int, glyphs: Glyphs) -> list[Content]:
    lines: list[Content] = []
    for notice in notices:
        lines += Content.styled(f"{glyphs.get_state_sign(sign)} {render.safe_text(notice, glyphs, 4000)}", color).wrap(
            width
        )
    return lines
