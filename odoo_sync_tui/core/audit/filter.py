"""Filter language of the audit log: ``action:sync_users user:anna !outcome:success since:2d "timed out"``.

Every word is a condition, and all of them must hold. ``field:value`` compares a field, any other word is searched for
in the whole event; ``!`` in front of either negates it; quotation marks hold words together. Of an action and an
outcome the beginning is enough, of an action also that of its title: ``outcome:fail``, ``action:"data lake"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from odoo_sync_tui.core.actions import (
    BACKUP,
    DRIFT_SEEN,
    DROP_ENTITY,
    ERASE_RECORD,
    LEASE_FREED,
    LIFT_ERASURE,
    PAUSE,
    QUARANTINE,
    RESTORE,
    RESUME,
    RETENTION,
    Action,
    Outcome,
)
from odoo_sync_tui.core.audit.events import AuditQuery, Exclusions
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.text.times import parse_end_time, parse_time

FIELDS = ("action", "user", "outcome", "run", "since", "until")
NO_OUTCOME = "started"
NO_OUTCOME_ALIAS = "none"
OUTCOMES = (*(str(outcome) for outcome in Outcome), NO_OUTCOME)
OTHER_ACTIONS = (
    LEASE_FREED,
    DROP_ENTITY,
    DRIFT_SEEN,
    PAUSE,
    RESUME,
    QUARANTINE,
    BACKUP,
    RESTORE,
    ERASE_RECORD,
    LIFT_ERASURE,
    RETENTION,
)
ACTIONS = (*map(str, Action), *OTHER_ACTIONS)
"""The actions of this program; other programs may write more."""

_NOTHING_SEEN: Mapping[str, Sequence[str]] = {}
_WORD = re.compile(r'(?P<not>!?)(?:(?P<field>[^\W\d][\w-]*):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))(?=\s|$)')
_EMPTY = re.compile(r"!|[^\W\d][\w-]*:")


class FilterError(SyncError):
    """A filter with a syntax error; the hint shows the correct syntax."""

    kind = "filter"


@dataclass(frozen=True, slots=True)
class _Word:
    """One condition as typed."""

    negated: bool
    field: str | None
    value: str


@dataclass(slots=True)
class _Conditions:
    """Conditions collected while parsing."""

    wanted: dict[str, str] = field(default_factory=dict[str, str])
    unwanted: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    texts: list[str] = field(default_factory=list[str])
    excluded_texts: list[str] = field(default_factory=list[str])


def parse_filter(text: str, now: datetime) -> AuditQuery:
    """Parse a filter into a query; an empty filter selects every event.

    Args:
        text: the filter as typed.
        now: the time from which ages ("since:2d") count back.

    Raises:
        FilterError: the filter cannot be parsed.
    """
    conditions = _Conditions()
    for word in _split_words(text):
        _add_condition(conditions, word)
    wanted = conditions.wanted
    since, until = (
        _parse_time_field(wanted, "since", parse_time, now),
        _parse_time_field(wanted, "until", parse_end_time, now),
    )
    if since and until and since >= until:
        raise FilterError("since: lies after until:, so nothing can be found.", "Exchange them.")
    query = AuditQuery(
        actions=find_actions(wanted["action"]) if "action" in wanted else (),
        user_id=wanted.get("user"),
        run_id=wanted.get("run"),
        since=since,
        until=until,
        texts=tuple(conditions.texts),
        exclusions=_build_exclusions(conditions),
    )
    if "outcome" not in wanted:
        return query
    outcome = find_outcome(wanted["outcome"])
    return replace(query, outcome=outcome, no_outcome=outcome is None)


def complete_filter(text: str, seen: Mapping[str, Sequence[str]] = _NOTHING_SEEN) -> str | None:
    """Complete the last word of a filter; ``None`` where no completion fits.

    Args:
        text: the filter as typed so far.
        seen: values of fields ("user": names) that occur in the events on the screen.
    """
    head, negation, last = re.fullmatch(r"(.*?)(!?)((?:[^\s!:]*:\"[^\"]*)|[^\s!]*)", text, re.DOTALL).groups()  # pyright: ignore[reportOptionalMemberAccess]  # it matches any text
    name, colon, value = last.partition(":")
    choices = [f"{field_name}:" for field_name in FIELDS]
    if colon:
        choices = [f"{name}:{option}" for option in _list_values(name, value, seen) if value]
    found = [choice for choice in choices if last and choice.startswith(last) and choice != last]
    return f"{head}{negation}{found[0]}" if found else None


def _list_values(name: str, value: str, seen: Mapping[str, Sequence[str]]) -> list[str]:
    """List the values that a field can be completed to, quoted where the operator has begun to quote or it must be."""
    short = [action.removeprefix("sync_") for action in ACTIONS]
    known = {"action": [*ACTIONS, *short, *(each.replace("_", " ") for each in short)], "outcome": OUTCOMES}
    values = dict.fromkeys((*known.get(name, ()), *seen.get({"operator": "user"}.get(name, name), ())))
    must_quote = (option for option in values if '"' not in option)
    return [f'"{each}"' if value.startswith('"') or not re.fullmatch(r"\S+", each) else each for each in must_quote]


def find_actions(value: str) -> tuple[str, ...]:
    """Find the actions that a word stands for: a name, a title ("data lake"), or the beginning of either.

    A word that fits none stands for the action of this name, which another program may have written.
    """
    word = re.sub(r"[-\s]+", "_", value.strip().lower())
    names = {action: (action, action.removeprefix("sync_")) for action in ACTIONS}
    exact = tuple(action for action in ACTIONS if word in names[action])
    begun = tuple(action for action in ACTIONS if any(name.startswith(word) for name in names[action]))
    return exact or (begun if word else ()) or (value,)


def describe_unknown_actions(actions: Iterable[str]) -> str:
    """Return what to say when nothing was found for actions that this program does not know; empty for known ones."""
    unknown = [action for action in actions if action not in ACTIONS]
    return f"action:{unknown[0]}: no event has it; there are {', '.join(ACTIONS)}." if unknown else ""


def find_outcome(value: str) -> Outcome | None:
    """Find the outcome that a word, or its beginning, stands for; ``None``: that of events that are no end.

    Raises:
        FilterError: it stands for none, or for several.
    """
    word = value.lower()
    begun = [option for option in (*OUTCOMES, NO_OUTCOME_ALIAS) if option.startswith(word)]
    found = [word] if word in begun else begun
    if len(found) == 1:
        return None if found[0] in {NO_OUTCOME, NO_OUTCOME_ALIAS} else Outcome(found[0])
    hint = f"{NO_OUTCOME} (or {NO_OUTCOME_ALIAS}) stands for events that are no end."
    if found:
        raise FilterError(f'"{value}" is the beginning of {" and ".join(found)}.', "Type one letter more.")
    raise FilterError(f'There is no outcome "{value}"; there are {", ".join(OUTCOMES)}.', hint)


def _split_words(text: str) -> Iterator[_Word]:
    # Characters that BSON cannot hold occur in no event; they must not break the query.
    rest = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8").strip()
    while rest:
        match = _WORD.match(rest)
        if match is None or (match["field"] is None and _EMPTY.fullmatch(match["plain"] or "")):
            raise _syntax_error(rest)
        rest = rest[match.end() :].lstrip()
        quoted, plain = match["quoted"], match["plain"]
        yield _Word(bool(match["not"]), match["field"], quoted if quoted is not None else plain)


def _syntax_error(rest: str) -> FilterError:
    word = rest.split(maxsplit=1)[0]
    if rest.count('"') % 2:
        return FilterError("A quotation mark is not closed.", 'Quote like this: "timed out".')
    if word.endswith(":"):
        values = {"action": ACTIONS, "outcome": OUTCOMES}.get(word.strip("!:"))
        known = f"There are {', '.join(values)}." if values else "Write it without a space, as in user:anna."
        return FilterError(f'"{word}" has no value.', known)
    return FilterError(f'"{word}" cannot be understood.', 'Quote it as a whole, like this: "timed out".')


def _add_condition(conditions: _Conditions, word: _Word) -> None:
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


def _build_exclusions(conditions: _Conditions) -> Exclusions:
    unwanted = conditions.unwanted
    return Exclusions(
        actions=tuple(action for value in unwanted.get("action", ()) for action in find_actions(value)),
        user_ids=tuple(unwanted.get("user", ())),
        outcomes=tuple(find_outcome(value) for value in unwanted.get("outcome", ())),
        run_ids=tuple(unwanted.get("run", ())),
        texts=tuple(conditions.excluded_texts),
    )


def _parse_time_field(
    wanted: dict[str, str], name: str, parse: Callable[[str, datetime], datetime], now: datetime
) -> datetime | None:
    if name not in wanted:
        return None
    try:
        return parse(wanted[name], now)
    except ValueError as error:
        raise FilterError(f"{name}: {error}.") from error
