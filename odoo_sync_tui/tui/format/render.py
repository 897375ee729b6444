"""Safe text from core values: all numbers, ages, durations and outside strings of the screen.

No function here parses markup. A string from outside passes :func:`safe_text` and is placed into ``Content`` as plain
text, so that a partner called ``[@click=app.quit]`` is just a partner with an odd name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from textual.content import Content
from textual.style import Style

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.text import format as text
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.tui.model.glyphs import Glyphs

LinePart = str | tuple[str, str] | Content
"""A piece of a line: plain text, text with a style of the theme, or ready content."""

MUTED = "$foreground 60%"
FAINT = "$foreground 35%"
STRONG = "bold"
ACCENT = "$text-accent"
KEY = "bold $text-accent"
GOOD = "$text-success"
WARN = "$text-warning"
BAD = "$text-error"

STATE_COLORS = {
    "success": GOOD, "partial": WARN, "failed": BAD, "cancelled": WARN, "interrupted": WARN, "unavailable": WARN,
    "running": ACCENT, "stopping": WARN, "waiting": MUTED, "never": MUTED, "stale": WARN, "started": MUTED,
    "not begun": MUTED, "in step": GOOD, "attention": WARN, "wrong": BAD, "never synced": MUTED,
    "late": WARN,
}  # fmt: skip
"""The theme's colour of each state."""

ACTION_TITLES = {Action.DEPARTMENTS: "Departments", Action.USERS: "Users", Action.DATA_LAKE: "Data lake"}


def safe_text(value: object, glyphs: Glyphs, limit: int = 500) -> str:
    """Sanitize outside text to one line of at most ``limit`` characters, ASCII only in an ASCII terminal."""
    text = sanitize(value, limit)
    return text if glyphs.is_unicode else text.encode("ascii", "replace").decode("ascii")


def link(text: str, address: str | None) -> Content:
    """Make a text a link for terminals that know them (OSC 8); others show the text alone."""
    return Content.styled(text, Style(link=address)) if address else Content(text)


def format_number(value: int | None, glyphs: Glyphs) -> str:
    """Format ``55007`` as "55 007"; an unknown number as a dash."""
    return text.format_number(value, glyphs.no_value)


def format_total(count: int, noun: str, glyphs: Glyphs) -> str:
    """Format the size of a complete list: "all 12 runs", "1 run", "no runs"."""
    match count:
        case 0:
            return f"no {noun}s"
        case 1:
            return f"1 {noun}"
        case _:
            return f"all {format_number(count, glyphs)} {noun}s"


def format_short_age(now: datetime, then: datetime | None) -> str:
    """Format an age, to the minute and coarser: "now", "3 min", "2 h", "5 d"; "never" without a date.

    Never in seconds: a figure that changes every second costs a repaint every second, for no use.
    """
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    return "now" if seconds < text.MINUTE else text.format_span(seconds, least_days=2)


def format_age(now: datetime, then: datetime | None) -> str:
    """Format an age for use in a sentence: "just now", "3 min ago", "never"."""
    short = format_short_age(now, then)
    return {"now": "just now", "never": "never"}.get(short, f"{short} ago")


def format_duration(seconds: float | None, glyphs: Glyphs) -> str:
    """Format how long something took: "1.2 s", "2:04", "1:02:03"."""
    return text.format_duration(seconds, glyphs.no_value)


def format_clock_span(seconds: float | None, glyphs: Glyphs) -> str:
    """Format a span that a clock counts: "0:41", "1:02:03"."""
    return text.format_clock_span(seconds, glyphs.no_value)


def format_clock(moment: datetime) -> str:
    """Format a time as hours and minutes."""
    return f"{moment:%H:%M}"


def format_time(now: datetime, then: datetime) -> str:
    """Format a time in the operator's zone: "12:28:14" today, "11-22 12:28" before, "2025-11-22" last year."""
    local = then.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%m-%d %H:%M}" if local.year == now.year else f"{local:%Y-%m-%d}"


def format_full_time(now: datetime, then: datetime) -> str:
    """Format date, time and zone in full, in the zone of ``now``."""
    return format_local_time(then, now.tzinfo)


def format_action(action: str, glyphs: Glyphs) -> str:
    """Return the button's title of a sync action; the name of any other action."""
    try:
        return ACTION_TITLES[Action(action)]
    except ValueError:
        return safe_text(action, glyphs, 40)


def format_state(word: str, glyphs: Glyphs) -> Content:
    """Format a state as sign and word in its colour."""
    return Content.assemble((f"{glyphs.get_state_sign(word)} {word}", STATE_COLORS.get(word, "")))


def assemble(*parts: LinePart) -> Content:
    """Join the parts to one line."""
    return Content.assemble(*parts)


def fit(content: Content | str, width: int, glyphs: Glyphs) -> Content:
    """Pad the content to exactly ``width`` cells, or truncate it with an ellipsis."""
    content = Content(content) if isinstance(content, str) else content
    if width <= 0:
        return Content("")
    if content.cell_length <= width:
        return content.pad_right(width - content.cell_length)
    return Content.assemble(content.truncate(width - 1, pad=True), glyphs.ellipsis)


def fit_right(content: Content | str, width: int, glyphs: Glyphs) -> Content:
    """Like :func:`fit`, but aligned to the right, for figures."""
    content = Content(content) if isinstance(content, str) else content
    if content.cell_length <= width:
        return content.pad_left(width - content.cell_length)
    return fit(content, width, glyphs)


def wrap(text: str, style: str, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """Wrap a sentence to at most ``height`` lines; the last one shows an ellipsis if the text is longer."""
    if width <= 0 or height <= 0:
        return []
    lines = Content.styled(text, style).wrap(width)
    if len(lines) <= height:
        return lines
    last = lines[height - 1].rstrip().truncate(width - 1)
    return [*lines[: height - 1], Content.assemble(last, (glyphs.ellipsis, style))]


def align_ends(left: Content, right: Content, width: int, glyphs: Glyphs) -> Content:
    """Align ``left`` and ``right`` to the ends of a line: ``right`` stays whole if it fits, ``left`` is truncated."""
    room = width - right.cell_length
    if room < 1:
        return fit(right, width, glyphs)
    return Content.assemble(fit(left, room, glyphs), right)


def format_bar(share: float, width: int, color: str, glyphs: Glyphs) -> Content:
    """Draw a progress bar of ``width`` cells, in half cells if the glyphs have them."""
    done, half, left = glyphs.bar
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    full, odd = divmod(halves, 2)
    tip = half if odd else ""
    return Content.assemble((done * full + tip, color), (left * (width - full - len(tip)), "$foreground 25%"))


def format_sparkline(values: Sequence[float], width: int, glyphs: Glyphs, *, logarithmic: bool = False) -> str:
    """Draw the newest ``width`` values as a one-line chart; the highest value fills its cell.

    ``logarithmic``: by orders of magnitude, so that one high value does not flatten the others; only nought is flat.
    """
    shown = [math.log1p(value) if logarithmic else value for value in (values[-width:] if width > 0 else ())]
    top = max(shown, default=0.0)
    steps = len(glyphs.chart_levels) - 1
    round_ = math.ceil if logarithmic else round
    return "".join(
        glyphs.chart_levels[round_(value / top * steps)] if top else glyphs.chart_levels[0] for value in shown
    )
