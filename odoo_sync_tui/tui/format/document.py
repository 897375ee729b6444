"""Full text of a stored document and of a quarantined row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.reports.details import (
    RULES,
    QuarantinedRow,
    SharedValue,
    StoredDocument,
    ValueHolder,
    flatten,
)
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState

LABEL_WIDTH = 24
MAX_LINES = 1000
MAX_DEPTH = 6
MAX_VALUE_LENGTH = 4000


def locate_record(state: DashboardState, entity_id: str, odoo_id: int) -> str | None:
    """Return the address in Odoo of an entity's record; ``None`` while no Odoo is known."""
    client, entity = state.web_client, state.catalog.find(entity_id)
    return client.locate(entity.model, odoo_id) if client and entity else None


def format_document(document: StoredDocument, now: datetime, glyphs: Glyphs) -> list[Entry]:
    """Format every field of the document, nested ones indented below their names. Nothing is rounded or left out."""
    entries = list(islice(_fields(document.fields, now, glyphs, 0, document.masked), MAX_LINES + 1))
    if len(entries) <= MAX_LINES:
        return entries
    return [*entries[:MAX_LINES], Entry(render.assemble((f"{glyphs.ellipsis} and more", render.MUTED)))]


def format_quarantine_entry(row: QuarantinedRow, now: datetime, glyphs: Glyphs) -> list[Entry]:
    """Format what is wrong with a row in quarantine, what helps, and its values, that at fault first."""
    wrong, help_text = RULES[row.rule] if row.rule else ("", "")
    tries = f", {render.format_number(row.attempts, glyphs)} tries, last {render.format_time(now, row.last_seen)}"
    facts = [
        ("what is wrong", wrong),
        ("reason", render.safe_text(row.reason, glyphs, MAX_VALUE_LENGTH)),
        ("what helps", help_text),
        ("since", f"{render.format_full_time(now, row.first_seen)}{tries if row.attempts > 1 else ''}"),
        ("last run", render.safe_text(row.run_id, glyphs)),
    ]
    if dismissal := row.dismissal:
        who, why = render.safe_text(dismissal.by, glyphs, 60), render.safe_text(dismissal.reason, glyphs, 1000)
        facts.append(("dismissed", f"by {who}, {render.format_full_time(now, dismissal.at)}: {why}"))
    entries = [_entry(label, text, 0) for label, text in facts if text]
    return [*entries, _entry("", "", 0), *_row_values(row, glyphs)]


def _row_values(row: QuarantinedRow, glyphs: Glyphs) -> Iterator[Entry]:
    """Format the values of a row as they came; what its reason names is first, and marked."""
    if row.row is None:
        yield _entry("", "Nothing is known of its values.", 0)
        return
    values, at_fault = flatten(row.row), row.field_at_fault
    for name, value in sorted(values.items(), key=lambda item: item[0] != at_fault):
        label = render.safe_text(name, glyphs, 60)
        text = render.safe_text(json.dumps(to_jsonable(value), ensure_ascii=False), glyphs, MAX_VALUE_LENGTH)
        if name == at_fault:
            yield Entry(render.assemble((text, f"bold {render.WARN}")), render.assemble((f"{label} ", render.WARN)))
        else:
            yield _entry(label, text, 0)


def format_holder(holder: ValueHolder, glyphs: Glyphs) -> str:
    """Format a document that holds a shared value: its id, whether it is linked to Odoo, and its name."""
    identity = f"{holder.key}, not linked" if holder.odoo_id is None else f"Odoo id {holder.odoo_id}"
    name = f" {holder.name}" if holder.name else ""
    return render.safe_text(f"{identity}{'' if holder.active else ', inactive'}{name}", glyphs, 120)


def format_shared_value(shared: SharedValue, glyphs: Glyphs) -> list[Entry]:
    """Format who holds a shared value, and what an operator can do about it."""
    entries = [_entry("value", render.safe_text(shared.value, glyphs, MAX_VALUE_LENGTH), 0)]
    entries += [_entry("document", format_holder(each, glyphs), 0) for each in shared.holders]
    if shared.count > len(shared.holders):
        entries.append(_entry("", f"and {render.format_number(shared.count - len(shared.holders), glyphs)} more", 0))
    hint = (
        "It does not tell whose a document that is not linked is, so nobody was linked. Decide which document goes on; "
        'the page "data" of the manual says how to join two of them.'
    )
    return [*entries, _entry("", "", 0), _entry("", hint, 0)]


def _fields(
    fields: Mapping[str, object],
    now: datetime,
    glyphs: Glyphs,
    depth: int,
    masked: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Entry]:
    """Format fields; ``masked``: the masks among them, by path from here."""
    for name, value in fields.items():
        label = render.safe_text(name, glyphs, 60)
        if kind := masked.get(name):
            text = format_scalar(value, now, glyphs)
            yield _entry(label, f"{text} (masked: {render.safe_text(kind, glyphs, 20)})", depth)
            continue
        inner = {path.removeprefix(f"{name}."): kind for path, kind in masked.items() if path.startswith(f"{name}.")}
        if inner and isinstance(value, Mapping) and value:
            yield _entry(label, "", depth)
            yield from _fields(cast("Mapping[str, object]", value), now, glyphs, depth + 1, inner)
        else:
            yield from _field(label, cast("object", value), now, glyphs, depth)


def _field(label: str, value: object, now: datetime, glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    if depth < MAX_DEPTH and isinstance(value, Mapping) and value:
        yield _entry(label, "", depth)
        yield from _fields(cast("Mapping[str, object]", value), now, glyphs, depth + 1)
    elif depth < MAX_DEPTH and isinstance(value, list | tuple) and value:
        yield _entry(label, "", depth)
        for index, inner in enumerate(cast("Sequence[object]", value), start=1):
            yield from _field(f"{index}.", inner, now, glyphs, depth + 1)
    else:
        yield _entry(label, format_scalar(cast("object", value), now, glyphs), depth)


def format_scalar(value: object, now: datetime, glyphs: Glyphs) -> str:
    """Format a stored value: dates in the operator's time zone, money with all of its digits."""
    match value:
        case None | "":
            return glyphs.no_value
        case bool():
            return "yes" if value else "no"
        case datetime():
            return render.format_full_time(now, value)
        case Decimal():
            return f"{value:f}" if value.is_finite() else str(value)
        case list() | tuple() | Mapping() if not value:
            return glyphs.no_value
        case _:
            return render.safe_text(value, glyphs, MAX_VALUE_LENGTH)


def _entry(label: str, text: str, depth: int) -> Entry:
    return Entry(Content(text), render.assemble((f"{'  ' * depth}{label} ", render.MUTED)))


def format_found(
    count: int, search: str, searched: int | None, glyphs: Glyphs, *, has_more: bool, further_key: str
) -> str:
    """Format how many documents a list shows, or a search has found.

    Args:
        count: the number of documents.
        search: what was searched for; empty: nothing.
        searched: how many documents were looked through; ``None``: an index found them.
        glyphs: the signs of the screen.
        has_more: others may follow.
        further_key: the key that continues a search that stopped early; empty where it did not.
    """
    found = render.format_number(count, glyphs)
    if not search:
        return (
            f"the {found} highest Odoo ids, more below" if has_more else render.format_total(count, "document", glyphs)
        )
    text = f'{found} found for "{render.safe_text(search, glyphs, 60)}"'
    if has_more and not further_key:
        return f"{text}, more below"
    looked_through = "" if searched is None else f", {render.format_number(searched, glyphs)} looked through"
    return f"{text}{looked_through}" + (f" by now; {further_key} looks further" if further_key else "")
