"""Find out what became of the fields of a model since the last run, and of the right to read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from odoo_sync_tui.core.cursor import LOST, Cursor, DriftKind, FieldDrift
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import OdooFieldsLostError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.models import Models
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.pipeline.entity.plan.cursor import MARGIN

SELECTION = "selection("
"""How the shape of a field with a choice of values begins."""
MAX_NAMES_TOLD = 20
MAX_FIELDS_TRIED = 20
"""Lost fields for which Odoo is asked why, a call for each."""
READ_NOW, NOT_READ, EMPTIED = "read now", "not read", "its values become null"


@dataclass(frozen=True, slots=True)
class Drift:
    """What became of the fields of an entity since its cursor was saved.

    Attributes:
        changes: all changes.
        news: those of them that no run has recorded.
    """

    changes: Sequence[FieldDrift] = ()
    news: Sequence[FieldDrift] = ()

    @property
    def lost(self) -> list[str]:
        """The fields that are not read any more."""
        return [each.field for each in self.changes if each.change in LOST]

    @property
    def narrowed(self) -> list[str]:
        """The fields that the user may not read any more."""
        return [each.field for each in self.changes if each.change is DriftKind.RIGHTS_NARROWED]


@dataclass(frozen=True, slots=True)
class DriftFinder:
    """Compares the fields of an entity with those of its cursor.

    Args:
        entity: the entity, with the fields that its operator chose.
        cursor: the cursor of the last run.
        profile: what is read now.
        models: asks Odoo why a field is new or lost, where there is one.
        run_id: the run that finds it.
        found_at: the present time.
    """

    entity: Entity
    cursor: Cursor
    profile: ReadProfile
    models: Models
    run_id: str
    found_at: datetime

    def find(self, recorded: Mapping[str, FieldDrift]) -> Drift:
        """Find what became of the fields; what is recorded is taken from there.

        Raises:
            OdooError, RunCancelled: Odoo cannot be asked, or a stop was requested.
        """
        lost, new, retyped = self._find_lost(), self._find_new(), list(self._find_other_values())
        open_names = {*lost, *new, *(name for name, _ in retyped)}
        keys = {name: self._make_key(name) for name in open_names}
        known = [recorded[key] for key in keys.values() if key in recorded]
        left = {name for name, key in keys.items() if key not in recorded}
        changes = [
            *self._classify_lost([name for name in lost if name in left]),
            *self._classify_new([name for name in new if name in left]),
            *((name, DriftKind.VALUES, text) for name, text in retyped if name in left),
        ]
        news = [
            FieldDrift(keys[name], name, change, text, self.found_at, self.run_id, self.cursor.run_id)
            for name, change, text in changes
        ]
        return Drift([*known, *news], news)

    def has_changes(self) -> bool:
        """Whether there is anything to find."""
        return bool(self._find_lost() or self._find_new() or next(self._find_other_values(), None))

    @property
    def _is_same_choice(self) -> bool:
        return self.entity.choice is None or self.cursor.patterns == self.entity.choice.patterns

    def _make_key(self, name: str) -> str:
        """Make the key of a change: a field changes once between two runs."""
        return blake2b(f"{self.cursor.run_id}\0{name}".encode(errors="replace"), digest_size=8).hexdigest()

    def _find_lost(self) -> list[str]:
        """Find what the last run read and Odoo does not show now; fields that are no longer chosen are not lost."""
        gone = set(self.cursor.fields).difference(self.profile.fields)
        return sorted(gone if self._is_same_choice else gone.intersection(self.profile.missing_fields))

    def _find_new(self) -> list[str]:
        """Find what the last run neither read nor told; of an entity of the package, what it missed."""
        if not self._is_same_choice or not self.cursor.fields:
            return []
        cursor, choice = self.cursor, self.entity.choice
        fresh = set(self.profile.fields).difference(cursor.fields)
        if choice is None or choice.parent:
            return sorted(fresh.intersection((*cursor.unread, *cursor.hidden)))
        return sorted(fresh.union(choice.left_out).difference(cursor.unread))

    def _find_other_values(self) -> Iterator[tuple[str, str]]:
        """Find the fields that may have other values, and say which."""
        for name, before in sorted(self.cursor.shapes.items()):
            now = self.profile.shapes.get(name, before)
            if now != before:
                yield name, _describe_values(before, now)

    def _classify_lost(self, names: Sequence[str]) -> Iterator[tuple[str, DriftKind, str]]:
        unreadable = self.models.find_unreadable(self.entity.model, names[:MAX_FIELDS_TRIED])
        by_answer = {True: DriftKind.RIGHTS_NARROWED, False: DriftKind.GONE, None: DriftKind.GONE_OR_UNREADABLE}
        for name in names:
            yield name, by_answer[unreadable.get(name)], EMPTIED

    def _classify_new(self, names: Sequence[str]) -> Iterator[tuple[str, DriftKind, str]]:
        if not names:
            return
        made = self.models.find_creation_times(self.entity.model, names)
        left_out = [name for name in names if name not in self.profile.fields]
        hidden = [name for name in left_out if name in self.cursor.hidden]
        unreadable = self.models.find_unreadable(self.entity.model, hidden)
        for name in names:
            if not unreadable.get(name):
                yield name, self._classify(name, made.get(name)), NOT_READ if name in left_out else READ_NOW

    def _classify(self, name: str, made_at: datetime | None) -> DriftKind:
        if name in self.cursor.hidden:
            return DriftKind.RIGHTS_WIDENED
        if made_at is None or self.cursor.read_at is None:
            return DriftKind.NEW_OR_READABLE
        return DriftKind.RIGHTS_WIDENED if made_at < self.cursor.read_at - MARGIN else DriftKind.NEW


def refuse_lost_fields(entity: Entity, drift: Drift) -> None:
    """Refuse to go on without fields where an operator said that nothing is touched then.

    Raises:
        OdooFieldsLostError: fields are gone.
    """
    if drift.lost and entity.choice and entity.choice.freezes_lost:
        raise OdooFieldsLostError(
            f"Odoo no longer shows {', '.join(drift.lost)} of {entity.model}: {entity.name} is frozen, nothing was"
            " touched.",
            f'If they are really gone, set on_lost_fields = "tell" in [entities.{entity.name}].',
        )


def make_notices(entity: Entity, changes: Iterable[FieldDrift]) -> Iterator[Notice]:
    """Make the warnings of a run that finds these changes: one for all fields with the same fate."""
    fates: dict[tuple[DriftKind, str], list[str]] = {}
    for each in changes:
        fates.setdefault((each.change, each.text), []).append(each.field)
    for (change, text), names in fates.items():
        told = ", ".join(names[:MAX_NAMES_TOLD]) + (" and more" if len(names) > MAX_NAMES_TOLD else "")
        kind, message, hint = _describe_fate(entity, change, text, told)
        yield Notice(kind, message, hint, entity.name)


def _describe_fate(entity: Entity, change: DriftKind, text: str, names: str) -> tuple[str, str, str]:
    model = entity.model
    if change is DriftKind.VALUES:
        return "drift", f"{names} of {model} {text}.", "Look whether whoever reads the documents knows it."
    if change in LOST:
        message, hint = {
            DriftKind.GONE: (f"{model} has {names} no more", "Look whether a module was removed."),
            DriftKind.RIGHTS_NARROWED: (
                f"The rights of the Odoo user were narrowed: it may not read {names} of {model} any more",
                "Give the Odoo user the right to read it if you need it.",
            ),
        }.get(
            change,
            (
                f"Odoo no longer shows {names} of {model}",
                "Look whether a module was removed, or rights of the Odoo user.",
            ),
        )
        return "lost_fields", f"{message}: they become null.", hint
    message = {
        DriftKind.NEW: f"{model} has new fields, which are {text}: {names}.",
        DriftKind.RIGHTS_WIDENED: (
            f"The rights of the Odoo user were widened: it may read fields of {model} now, which are {text}: {names}."
        ),
    }.get(change, f"{model} has fields that are new, or readable since, which are {text}: {names}.")
    table = f"[entities.{entity.name}]"
    hint = f'Name them in the fields of {table}, or set on_new_fields = "take" there.' if text == NOT_READ else ""
    return "new_fields", message, hint


def _describe_values(before: str, now: str) -> str:
    if not (before.startswith(SELECTION) and now.startswith(SELECTION)):
        return f"was {before} and is {now} now"
    old, new = (set(each.removeprefix(SELECTION).rstrip(")").split(",")) for each in (before, now))
    added, removed = ", ".join(sorted(new - old)), ", ".join(sorted(old - new))
    parts = (f"may be {added} now" if added else "", f"may no longer be {removed}" if removed else "")
    return " and ".join(part for part in parts if part)
