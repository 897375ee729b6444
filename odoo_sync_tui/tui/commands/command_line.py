"""Command lines that do what commands of the dashboard do."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.audit.events import AuditQuery, Exclusions
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.core.scope import Mode, Scope, Selection, list_scope_options
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui.model.state import DashboardState

MAX_WORD = 5_000
"""Characters of one word; a longer one is cut off, and no shell takes much more."""

Words = Sequence[str]
"""A command with its options and arguments, without the name of the program."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What commands are about at this moment, as far as a command line has to name it.

    Attributes:
        mode: mode of the next run.
        entity: the entity that is open or under the cursor; ``None``: all of them.
        is_open: whether the entity is open, so that what is about all of them is about this one.
        record_id: the record that is open or under the cursor.
        marked: ids of the rows that are marked.
        run_id: the run that is shown.
        dry_runs: the last dry runs of this dashboard.
        withheld: numbers of documents that wait for a confirmation to be retired, by action and entity name.
        adopting: the sync that adopts another Odoo; ``None``: there is none to adopt.
        model: the model of Odoo that is open.
        table: the name of the table that is declared for it.
        query: the filter of the audit history.
        sources: the sources that are marked or under the cursor, on the screen of all of them.
    """

    mode: Mode = Mode.INCREMENTAL
    entity: Entity | None = None
    is_open: bool = False
    record_id: int | None = None
    marked: tuple[int, ...] = ()
    run_id: str | None = None
    dry_runs: Sequence[tuple[Action, Scope]] = ()
    withheld: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    adopting: Action | None = None
    model: str = ""
    table: str = ""
    query: AuditQuery = field(default_factory=AuditQuery)
    sources: tuple[str, ...] = ()


CommandLine = Callable[[Subject], Sequence[Words]]
"""Lists the commands that do it, one after the other; none where nothing is there that they could be about."""


def make_subject(state: DashboardState, run_id: str | None, entity_id: str | None) -> Subject:
    """Make the subject that follows from the state, the run that is shown, and the entity under the cursor."""
    decision = state.source_decision
    adopting = Action(decision.action or Action.DEPARTMENTS) if decision else None
    entity = state.catalog.find(entity_id) if entity_id else None
    return Subject(state.mode, entity, run_id=run_id, withheld=state.pending_retirements, adopting=adopting)


def format_command_line(program: Words, words: Words) -> str:
    """Format a command as a shell reads it, in one line and without secrets."""
    return shlex.join(sanitize(word, MAX_WORD) for word in (*program, *words))


def sync(action: str, scope: Scope) -> Words:
    """Return the command of a sync."""
    return ("sync", format_action(action), *list_scope_options(scope))


def just(*words: str) -> CommandLine:
    """Make the command line of a command that is always the same."""
    return lambda _: [words]


def sync_all_of(action: Action) -> CommandLine:
    """Make the command line that syncs all entities of an action."""

    def build(subject: Subject) -> Sequence[Words]:
        command = sync(action, Scope(mode=subject.mode))
        return [(*command, f"--sources={','.join(subject.sources)}")] if subject.sources else [command]

    return build


def sync_chosen(subject: Subject) -> Sequence[Words]:
    """Sync the entity that is open or under the cursor."""
    entity = subject.entity
    return [sync(entity.action, Scope((entity.name,), subject.mode))] if entity else []


def sync_marked(subject: Subject) -> Sequence[Words]:
    """Sync the marked rows."""
    entity = subject.entity
    if entity is None or not subject.marked:
        return []
    return [sync(entity.action, Scope((entity.name,), selection=Selection(subject.marked)))]


def cancel(subject: Subject) -> Sequence[Words]:
    """Ask the run that is shown to stop, or those of the sources that are meant."""
    if subject.sources:
        return [("cancel", f"--source={name}") for name in subject.sources]
    return [("cancel", subject.run_id)] if subject.run_id else []


def confirm_retire(subject: Subject) -> Sequence[Words]:
    """Retire what was withheld, entity by entity."""
    return [
        sync(action, Scope((name,), confirm_retire={name: count}))
        for action, counts in subject.withheld.items()
        for name, count in counts.items()
    ]


def adopt_source(subject: Subject) -> Sequence[Words]:
    """Adopt the Odoo of the settings."""
    return [sync(subject.adopting, Scope(adopt_source=True))] if subject.adopting else []


def repeat_dry_runs(subject: Subject) -> Sequence[Words]:
    """Show again what the last dry runs have shown."""
    return [sync(action, scope) for action, scope in subject.dry_runs]


def run_for_real(subject: Subject) -> Sequence[Words]:
    """Do what the last dry runs have shown."""
    return [sync(action, replace(scope, dry_run=False)) for action, scope in subject.dry_runs]


def list_quarantine(subject: Subject) -> Sequence[Words]:
    """List the quarantine of the entity that is open, or of all of them."""
    entity = subject.entity if subject.is_open else None
    return [("quarantine", "list", *([entity.id] if entity else []))]


def of_rows(word: str) -> CommandLine:
    """Make the command line that does something with rows in quarantine."""

    def build(subject: Subject) -> Sequence[Words]:
        if subject.entity is None or not subject.marked:
            return []
        return [("quarantine", word, subject.entity.id, *map(str, subject.marked))]

    return build


def verify(*options: str) -> CommandLine:
    """Make the command line that verifies the entity that is open, or all of them."""

    def build(subject: Subject) -> Sequence[Words]:
        entity = subject.entity if subject.is_open else None
        what = (format_action(entity.action), f"--entity={entity.name}") if entity else ()
        return [("verify", *what, *options)]

    return build


def of_entity(*words: str) -> CommandLine:
    """Make the command line of a command that names the entity at its end."""
    return lambda subject: [(*words, subject.entity.id)] if subject.entity else []


def show_versions(subject: Subject) -> Sequence[Words]:
    """Show the versions of the document."""
    if subject.entity is None or subject.record_id is None:
        return []
    return [("history", subject.entity.id, str(subject.record_id))]


def show_changes(subject: Subject) -> Sequence[Words]:
    """Show what the run changed."""
    return [("changes", "--since", subject.run_id)] if subject.run_id else []


def declare_model(subject: Subject) -> Sequence[Words]:
    """Print a declaration of the model."""
    return [("discover", subject.model, "--toml")] if subject.model else []


def save_model(subject: Subject) -> Sequence[Words]:
    """Write a declaration of the model to a file."""
    return [("discover", subject.model, f"--save={subject.table}")] if subject.model and subject.table else []


def list_events(*options: str) -> CommandLine:
    """Make the command line that lists the events of the filter, if the command line knows its conditions too."""

    def build(subject: Subject) -> Sequence[Words]:
        query = subject.query
        is_known = not (query.run_id or query.until or query.texts) and query.exclusions == Exclusions()
        if not is_known or len(query.actions) > 1:
            return []
        texts = {
            "--action": "".join(query.actions),
            "--user": query.user_id,
            "--outcome": "started" if query.no_outcome else query.outcome,
            "--since": query.since and query.since.isoformat(),
        }
        return [("audit", *(f"{option}={text}" for option, text in texts.items() if text), *options)]

    return build
