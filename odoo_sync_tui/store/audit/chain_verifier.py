"""Verification of the chain of all events, one event after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from odoo_sync_tui.core.audit.events import ChainBreak, NotedHead
from odoo_sync_tui.core.text.coerce import as_text
from odoo_sync_tui.store.audit.chain import (
    MAX_IN_FLIGHT,
    Head,
    StoredEvent,
    event_hash,
    first_digest,
    fold,
    numbered_hashes,
)


@dataclass(slots=True)
class _Gap:
    """Numbers without an event: ``following`` is the next to be accounted for, ``digest`` that of the chain before it.

    ``claimed`` is the digest behind the gap, and ``event`` the one that claims it; ``None``: the head does.
    """

    following: int
    last: int
    digest: str | None
    claimed: str | None
    event: StoredEvent | None


class ChainVerifier:
    """Verifier of the chain; it is given the events in the order of their numbers. Made for one use.

    Args:
        head: the head, read before the events; ``None`` if there is none to trust.
        noted: a head that was noted earlier.
        report: called with every break.

    Attributes:
        missing: how many numbers have no event because their process was killed.
        newest: the highest number among the events, also of those that are behind the head.
    """

    def __init__(self, head: Head | None, noted: NotedHead | None, report: Callable[[ChainBreak], None]) -> None:
        self.missing = 0
        self.newest = 0
        self._head = head
        self._noted = noted
        self._report = report
        self._digest = first_digest(head.before) if head else None
        self._number = 0
        self._last: StoredEvent | None = None
        self._gaps: list[_Gap] = []
        self._noted_seen = self._noted_missing = 0
        self._pass(0, self._digest)

    def add(self, event: StoredEvent) -> None:
        """Verify the next event."""
        number, own_hash, before = event["chain_number"], as_text(event.get("hash")), as_text(event.get("prev"))
        if event_hash(event) != own_hash or own_hash is None:
            self._break("it was changed", event)
        self.newest = max(self.newest, number)
        if self._head and number > self._head.number:  # it came after the head was read
            return
        if number != int(number) or number <= self._number:
            self._break(f"its number in the chain, {number}, is not its own: it was added or changed", event)
            return
        if number > self._number + 1:
            self._gaps.append(_Gap(self._number + 1, int(number) - 1, self._digest, before, event))
        elif self._digest is not None and before != self._digest:
            self._break(f"it does not follow on {_name(self._last)}: one of the two was changed", event)
        self._account_gaps(numbered_hashes(event.get("unwritten")), int(number) - MAX_IN_FLIGHT - 1)
        self._number, self._last = int(number), event
        self._digest = fold(before or "", own_hash or "")
        self._pass(self._number, self._digest)

    def finish(self) -> None:
        """Verify the end of the chain against its head, and the noted head against the chain."""
        head = self._head
        if head and self._number < head.number:
            self._gaps.append(_Gap(self._number + 1, head.number, self._digest, head.digest, None))
        elif head and head.digest != self._digest:
            self._break("the head of the chain does not follow on it: one of the two was changed", self._last)
        self._account_gaps(head.pending if head else {}, max(self._number, head.number if head else 0))
        self._verify_noted()

    def _verify_noted(self) -> None:
        noted = self._noted
        if noted is None:
            return
        end = self._head.number if self._head else self._number
        if not self._noted_seen:
            self._break(f"the noted head, number {noted.number}, is not in the chain, which ends at number {end}")
        elif self._noted_missing > noted.missing:
            gone = self._noted_missing - noted.missing
            self._break(f"{gone} of the events that the noted head, number {noted.number}, covers are missing")

    def _account_gaps(self, hashes: Mapping[int, str], through: int) -> None:
        """Account for the missing numbers up to this one, by the hashes that were announced for them."""
        for gap in list(self._gaps):
            while gap.following <= min(gap.last, through):
                number, announced = gap.following, hashes.get(gap.following)
                if announced is None or gap.digest is None:
                    break
                gap.digest = fold(gap.digest, announced)
                self.missing += 1
                self._noted_missing += bool(self._noted and number <= self._noted.number)
                self._pass(number, gap.digest)
                gap.following += 1
            if gap.following > gap.last:
                self._gaps.remove(gap)
                if gap.digest != gap.claimed:
                    self._break(f"it does not follow on number {gap.last}: one of the two was changed", gap.event)
            elif gap.following <= through:
                self._gaps.remove(gap)
                self._break(_missing_text(gap), gap.event)

    def _pass(self, number: int, digest: str | None) -> None:
        """Compare the noted head with the chain where the chain has come to its number."""
        if self._noted and number == self._noted.number:
            self._noted_seen = True
            if digest != self._noted.digest:
                self._break(f"the history up to number {number} is not the one that the noted head covers")

    def _break(self, text: str, event: StoredEvent | None = None) -> None:
        self._report(break_at(text, event))


def break_at(text: str, event: StoredEvent | None) -> ChainBreak:
    """Return the break with the names of the event and its run; of no event: the break of the whole."""
    if event is None:
        return ChainBreak(text)
    run_id = event.get("run_id")
    return ChainBreak(text, None if run_id is None else str(run_id), as_text(event.get("id")) or str(event.get("_id")))


def _missing_text(gap: _Gap) -> str:
    count = gap.last - gap.following + 1
    numbers = f"number {gap.last} is" if count == 1 else f"the numbers {gap.following} to {gap.last} are"
    return f"{numbers} missing {'before it' if gap.event else 'at the end of the chain'}"


def _name(event: StoredEvent | None) -> str:
    return f"event {as_text(event.get('id')) or event.get('_id')}" if event else "what was there before the chain"
