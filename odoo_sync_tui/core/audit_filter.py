"""What an operator types to find audit events: ``action:sync_users user:anna !outcome:success since:2d "timed out"``.

Every word is a condition, and all of them must hold. ``field:value`` compares a field, any other word is looked for in
the whole event; ``!`` in front of either turns it round; quotation marks hold words together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from odoo_sync_tui.core.audit import AuditQuery, Excluded
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.moments import parse_end, parse_moment
from odoo_sync_tui.core.words import Action, Outcome

FIELDS = ("action", "user", "outcome", "run", "since", "until")
NO_OUTCOME = "started"
ALSO_NO_OUTCOME = "none"
OUTCOMES = (*(str(outcome) for outcome in Outcome), NO_OUTCOME)
ACTIONS = {name.removeprefix("sync_"): str(name) for name in Action}
"""The syncs by their short names, which stand for the full ones."""

_WORD = re.compile(r'(?P<not>!?)(?:(?P<field>[^\W\d][\w-]*):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))(?=\s|$)')
_EMPTY = re.compile(r"!|[^\W\d][\w-]*:")


class FilterError(SyncError):
    """A filter that cannot be understood, and how it would be."""

    kind = "filter"


@dataclass(frozen=True, slots=True)
class _Word:
    """One condition as it was typed."""

    negated: bool
    field: str | None
    value: str


@dataclass(slots=True)
class _Conditions:
    """The conditions collected so far."""

    wanted: dict[str, str] = field(default_factory=dict[str, str])
    unwanted: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    texts: list[str] = field(default_factory=list[str])
    excluded_texts: list[str] = field(default_factory=list[str])


def parse_filter(text: str, now: datetime) -> AuditQuery:
    """The query that a filter stands for; an empty filter stands for every event.

    Args:
        text: what was typed.
        now: what ages ("since:2d") count from.

    Raises:
        FilterError: it cannot be understood.
    """
    conditions = _Conditions()
    for word in _words(text):
        _add(conditions, word)
    wanted = conditions.wanted
    since, until = _moment(wanted, "since", parse_moment, now), _moment(wanted, "until", parse_end, now)
    if since and until and since >= until:
        raise FilterError("since: lies after until:, so nothing can be found.", "Exchange them.")
    query = AuditQuery(
        action=_action(wanted["action"]) if "action" in wanted else None,
        user_id=wanted.get("user"),
        run_id=wanted.get("run"),
        since=since,
        until=until,
        texts=tuple(conditions.texts),
        excluded=_excluded(conditions),
    )
    if "outcome" not in wanted:
        return query
    outcome = _outcome(wanted["outcome"])
    return replace(query, outcome=outcome, no_outcome=outcome is None)


def completed(text: str) -> str | None:
    """The filter with its last word completed, where only one way of going on is likely."""
    head, negation, last = re.fullmatch(r"(.*?)(!?)([^\s!]*)", text, re.DOTALL).groups()  # pyright: ignore[reportOptionalMemberAccess]  # it matches any text
    name, colon, value = last.partition(":")
    choices = [f"{known}:" for known in FIELDS]
    if colon:
        values = {"action": [str(action) for action in Action], "outcome": OUTCOMES}.get(name, ())
        choices = [f"{name}:{known}" for known in values if value]
    found = [choice for choice in choices if last and choice.startswith(last) and choice != last]
    return f"{head}{negation}{found[0]}" if found else None


def _words(text: str) -> Iterator[_Word]:
    # What BSON cannot hold cannot be in any event either; it must not break the query.
    rest = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8").strip()
    while rest:
        match = _WORD.match(rest)
        if match is None or (match["field"] is None and _EMPTY.fullmatch(match["plain"] or "")):
            raise _not_understood(rest)
        rest = rest[match.end() :].lstrip()
        quoted, plain = match["quoted"], match["plain"]
        yield _Word(bool(match["not"]), match["field"], quoted if quoted is not None else plain)


def _not_understood(rest: str) -> FilterError:
    word = rest.split(maxsplit=1)[0]
    if rest.count('"') % 2:
        return FilterError("A quotation mark is not closed.", 'Quote like this: "timed out".')
    if word.endswith(":"):
        return FilterError(f'"{word}" has no value.', "Write it without a space, as in user:anna.")
    return FilterError(f'"{word}" cannot be understood.', 'Quote it as a whole, like this: "timed out".')


def _add(conditions: _Conditions, word: _Word) -> None:
    name = {"operator": "user"}.get(word.field or "", word.field)
    if not word.value:
        raise FilterError(f'"{name}:" has no value.' if name else 'Nothing stands between "".', "Fill it or remove it.")
    if name is None:
        (conditions.excluded_texts if word.negated else conditions.texts).append(word.value)
    elif name not in FIELDS:
        raise FilterError(
            f'There is no field "{name}"; there are {", ".join(FIELDS)}.',
            f'To look for this as text, quote it: "{name}:{word.value}".',
        )
    elif word.negated:
        if name in {"since", "until"}:
            raise FilterError(f"{name}: cannot be turned round.", "since: and until: are each other's opposite.")
        conditions.unwanted.setdefault(name, []).append(word.value)
    elif name in conditions.wanted:
        raise FilterError(f"{name}: stands twice, and an event has only one.", f"To leave some out, use !{name}:…")
    else:
        conditions.wanted[name] = word.value


def _excluded(conditions: _Conditions) -> Excluded:
    unwanted = conditions.unwanted
    return Excluded(
        actions=tuple(_action(value) for value in unwanted.get("action", ())),
        user_ids=tuple(unwanted.get("user", ())),
        outcomes=tuple(_outcome(value) for value in unwanted.get("outcome", ())),
        run_ids=tuple(unwanted.get("run", ())),
        texts=tuple(conditions.excluded_texts),
    )


def _action(value: str) -> str:
    return ACTIONS.get(value.replace("-", "_"), value)


def _outcome(value: str) -> Outcome | None:
    if value in {NO_OUTCOME, ALSO_NO_OUTCOME}:
        return None
    try:
        return Outcome(value)
    except ValueError as error:
        raise FilterError(
            f'There is no outcome "{value}"; there are {", ".join(OUTCOMES)}.',
            f"{NO_OUTCOME} (or {ALSO_NO_OUTCOME}) stands for events that are no end.",
        ) from error


def _moment(
    wanted: dict[str, str], name: str, parse: Callable[[str, datetime], datetime], now: datetime
) -> datetime | None:
    if name not in wanted:
        return None
    try:
        return parse(wanted[name], now)
    except ValueError as error:
        raise FilterError(f"{name}: {error}.") from error
