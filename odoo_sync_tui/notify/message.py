"""A message in words, and in the forms of those who receive it. It names syncs and entities, and holds no value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.notify.targets import AlertKind, Shape

MAX_NAME_LENGTH = 100

WORDS = {
    AlertKind.FAILED: "failed",
    AlertKind.PARTIAL: "is partial",
    AlertKind.WITHHELD: "withholds retirements until an operator confirms them",
    AlertKind.RECOVERED: "has recovered",
    AlertKind.DRIFT: "found changed fields in Odoo",
    AlertKind.LATE: "is late",
}


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One message.

    Attributes:
        kind: what it is about; ``None``: a test.
        sync: the name of the sync; empty: it is about all.
        run_id: the run; empty: none was made.
        operator: who runs the sync.
        host: where.
        at: when the run ended, or when this was seen.
        database: the Odoo database.
        entities: the state of each entity of the run.
        problems: kinds of errors and warnings of the run, each with how often it occurs.
        note: what ends when, or since when a sync had no success.
    """

    kind: AlertKind | None
    sync: str
    run_id: str
    operator: str
    host: str
    at: datetime
    database: str = ""
    entities: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, int] = field(default_factory=dict[str, int])
    note: str = ""

    @property
    def title(self) -> str:
        """The message in a few words."""
        what = "This is a test"
        if self.kind is not None:
            what = self.note if self.kind is AlertKind.EXPIRES else f"{_clean(self.sync)} {WORDS[self.kind]}"
        return f"odoo-sync-tui{f' ({_clean(self.database)})' if self.database else ''}: {what}"

    @property
    def lines(self) -> list[str]:
        """The rest of the message, a line each."""
        troubled = [f"{_clean(name)} {_clean(state)}" for name, state in self.entities.items() if state != "success"]
        problems = [f"{_clean(kind)} ({count})" for kind, count in self.problems.items()]
        facts = {
            "note": "" if self.kind is AlertKind.EXPIRES else self.note,
            "entities": ", ".join(troubled),
            "problems": ", ".join(problems),
            "run": _clean(self.run_id),
            "by": f"{_clean(self.operator)} on {_clean(self.host)}",
            "ended" if self.run_id else "at": format_local_time(self.at, self.at.tzinfo),
            "more": f"odoo-sync-tui audit, odoo-sync-tui status on {_clean(self.host)}",
        }
        return [f"{name}: {text}" for name, text in facts.items() if text]

    def as_dict(self) -> dict[str, object]:
        """Return the message as plain data."""
        return {
            "event": str(self.kind) if self.kind else "test",
            "sync": self.sync,
            "database": self.database,
            "run_id": self.run_id,
            "operator": self.operator,
            "host": self.host,
            "at": self.at.isoformat(),
            "entities": dict(self.entities),
            "problems": dict(self.problems),
            "note": self.note,
            "text": self.title,
        }

    def make_body(self, shape: Shape) -> bytes:
        """Make the JSON that a webhook is sent."""
        match shape:
            case Shape.SLACK:
                content: object = {"text": "\n".join(map(_escape_slack, (f"*{self.title}*", *self.lines)))}
            case Shape.TEAMS:
                content = _make_card(self.title, self.lines)
            case Shape.JSON:
                content = self.as_dict()
        return json.dumps(content, ensure_ascii=False).encode()


def _clean(text: str) -> str:
    return sanitize(text, MAX_NAME_LENGTH)


def _escape_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _make_card(title: str, lines: list[str]) -> object:
    """Make an Adaptive Card, which workflows of Teams post to a channel."""
    blocks = [{"type": "TextBlock", "text": title, "weight": "Bolder", "wrap": True}]
    blocks += [{"type": "TextBlock", "text": line, "wrap": True, "spacing": "None"} for line in lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }
