"""Core values as safe text: every number, age, duration and foreign string on the screen comes from here.

Nothing here parses markup. A string from outside passes :func:`safe` and is placed into ``Content`` as plain text, so
that a partner called ``[@click=app.quit]`` is just a partner with an odd name.
"""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from odoo_sync_tui.core.text import clean
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.tui.glyphs import Glyphs

Part = str | tuple[str, str] | Content
"""A piece of a line: plain text, text with a style of the theme, or ready content."""

MUTED = "$foreground 60%"
STRONG = "bold"
ACCENT = "$text-accent"
GOOD = "$text-success"
WARN = "$text-warning"
BAD = "$text-error"

TONES = {
    "success": GOOD, "partial": WARN, "failed": BAD, "cancelled": WARN, "interrupted": WARN, "unavailable": WARN,
    "running": ACCENT, "stopping": WARN, "waiting": MUTED, "never": MUTED, "stale": WARN, "started": MUTED,
}  # fmt: skip
"""The theme's colour of each state, beside its sign and its word."""

ACTION_TITLES = {Action.DEPARTMENTS: "Departments", Action.USERS: "Users", Action.DATA_LAKE: "Data lake"}

MINUTE, HOUR, DAY = 60, 3600, 86_400


def safe(value: object, glyphs: Glyphs, limit: int = 500) -> str:
    """Text from outside as one harmless line of at most ``limit`` characters; ASCII only where the terminal is."""
    text = clean(value, limit)
    return text if glyphs.unicode else text.encode("ascii", "replace").decode("ascii")


def number(value: int | None, glyphs: Glyphs) -> str:
    """``55007`` as "55 007"; a dash for an unknown one."""
    return glyphs.none if value is None else f"{value:,}".replace(",", " ")


def all_of(count: int, noun: str, glyphs: Glyphs) -> str:
    """That a list is complete: "all 12 runs", "1 run", "no runs"."""
    match count:
        case 0:
            return f"no {noun}s"
        case 1:
            return f"1 {noun}"
        case _:
            return f"all {number(count, glyphs)} {noun}s"


def short_age(now: datetime, then: datetime | None) -> str:
    """How long ago, to the minute and coarser: "now", "3 min", "2 h", "5 d"; "never" without a date.

    Never in seconds: a figure that changes every second costs a repaint every second, for no use.
    """
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    if seconds < MINUTE:
        return "now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} d"


def age(now: datetime, then: datetime | None) -> str:
    """Like :func:`short_age`, as it stands in a sentence: "just now", "3 min ago", "never"."""
    short = short_age(now, then)
    return {"now": "just now", "never": "never"}.get(short, f"{short} ago")


def duration(seconds: float | None, glyphs: Glyphs) -> str:
    """``41.3`` as "00:41", an hour and more as "1:02:03"."""
    if seconds is None:
        return glyphs.none
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, HOUR)
    return f"{hours}:{rest // MINUTE:02}:{rest % MINUTE:02}" if hours else f"{rest // MINUTE:02}:{rest % MINUTE:02}"


def clock(moment: datetime) -> str:
    """Hours and minutes."""
    return f"{moment:%H:%M}"


def moment_of(now: datetime, then: datetime) -> str:
    """When, in the operator's time zone: "12:28:14" for today, "11-22 12:28" before, "2025-11-22" last year."""
    local = then.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%m-%d %H:%M}" if local.year == now.year else f"{local:%Y-%m-%d}"


def full_moment(now: datetime, then: datetime) -> str:
    """When, in full and with the time zone."""
    return f"{then.astimezone(now.tzinfo):%Y-%m-%d %H:%M:%S %Z}"


def action_title(action: str, glyphs: Glyphs) -> str:
    """A sync as the buttons call it; any other action by its own name."""
    try:
        return ACTION_TITLES[Action(action)]
    except ValueError:
        return safe(action, glyphs, 40)


def state_part(word: str, glyphs: Glyphs) -> Content:
    """A state as sign and word in its colour."""
    return Content.assemble((f"{glyphs.state(word)} {word}", TONES.get(word, "")))


def line(*parts: Part) -> Content:
    """One line of the parts."""
    return Content.assemble(*parts)


def fit(content: Content | str, width: int, glyphs: Glyphs) -> Content:
    """The content in exactly ``width`` cells: padded, or cut with a sign that it was cut."""
    content = Content(content) if isinstance(content, str) else content
    if width <= 0:
        return Content("")
    if content.cell_length <= width:
        return content.pad_right(width - content.cell_length)
    return Content.assemble(content.truncate(width - 1, pad=True), glyphs.cut)


def fit_right(content: Content | str, width: int, glyphs: Glyphs) -> Content:
    """Like :func:`fit`, aligned to the right, as figures are."""
    content = Content(content) if isinstance(content, str) else content
    if content.cell_length <= width:
        return content.pad_left(width - content.cell_length)
    return fit(content, width, glyphs)


def wrapped(text: str, style: str, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """A sentence over at most ``height`` lines; the last one says when there is more."""
    if width <= 0 or height <= 0:
        return []
    lines = Content.styled(text, style).wrap(width)
    if len(lines) <= height:
        return lines
    last = lines[height - 1].rstrip().truncate(width - 1)
    return [*lines[: height - 1], Content.assemble(last, (glyphs.cut, style))]


def between(left: Content, right: Content, width: int, glyphs: Glyphs) -> Content:
    """Both ends of a line: ``right`` is kept whole as long as it fits, ``left`` gives way."""
    room = width - right.cell_length
    if room < 1:
        return fit(right, width, glyphs)
    return Content.assemble(fit(left, room, glyphs), right)


def bar(share: float, width: int, tone: str, glyphs: Glyphs) -> Content:
    """A progress bar of ``width`` cells, in half cells where the signs allow."""
    done, half, left = glyphs.bar
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    full, odd = divmod(halves, 2)
    tip = half if odd else ""
    return Content.assemble((done * full + tip, tone), (left * (width - full - len(tip)), "$foreground 25%"))


def chart(values: tuple[float, ...], width: int, glyphs: Glyphs) -> str:
    """The newest ``width`` values as a chart of one line; the highest fills its cell."""
    shown = values[-width:] if width > 0 else ()
    top = max(shown, default=0.0)
    steps = len(glyphs.levels) - 1
    return "".join(glyphs.levels[round(value / top * steps)] if top else glyphs.levels[0] for value in shown)
