"""Chains of single runs, as versions before the chain of all events wrote them: they are verified, not written.

The events of a run are numbered from 1 (``seq``), and each holds the hash of the one before it. The run's record
anchors them: it got the hash of an event before the event was written (``audit.announced``), and the number of events
after it (``audit.written``). A process that was killed in between left a hash that no event has, or one event more than
are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from odoo_sync_tui.core.audit.events import ChainBreak
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_text, as_texts
from odoo_sync_tui.store.audit.chain import StoredEvent, event_hash


@dataclass(frozen=True, slots=True)
class ChainAnchor:
    """Data about the events in a run's record: the announced hashes and the number of written events."""

    is_announced: Callable[[str], bool]
    written_count: int


def find_breaks(run_id: str, events: Iterable[StoredEvent], anchor: ChainAnchor | None) -> Iterator[ChainBreak]:
    """Yield the breaks in the events of a run, given in the order of their numbers.

    ``anchor`` is ``None`` for a run without a record.
    """
    number, last = 0, None
    for event in events:
        text = _break_between(number, last, event) or _break_within(event, anchor)
        if text:
            yield ChainBreak(text, run_id, as_text(event.get("id")) or str(event["_id"]))
        number, last = event["seq"], event.get("hash")
    if anchor and anchor.written_count > number:
        yield ChainBreak(
            f"of its {anchor.written_count} events, the last {anchor.written_count - number} are missing", run_id
        )


def _break_between(number: int, last: str | None, event: StoredEvent) -> str | None:
    """Describe the break between the event of this number and hash and the next event; ``None`` if there is none."""
    if event["seq"] != number + 1:
        return f"it is number {event['seq']}, after number {number}: events between them are missing, or it was added"
    return None if event.get("prev") == last else "it does not follow on the event before it: one of them was changed"


def _break_within(event: StoredEvent, anchor: ChainAnchor | None) -> str | None:
    if event_hash(event) != event.get("hash"):
        return "it was changed"
    if anchor and not anchor.is_announced(event["hash"]):
        return "its run did not announce it: it was added, or changed and hashed anew"
    return None


def anchor_of(run: StoredEvent) -> ChainAnchor:
    """Read the anchor in a run's record."""
    announced = frozenset(as_texts(as_mapping(run.get("audit")).get("announced")))
    return ChainAnchor(announced.__contains__, written_count(run))


def written_count(run: StoredEvent) -> int:
    """Read the number of events that were written, from a run's record."""
    return as_int(as_mapping(run.get("audit")).get("written"))
