"""Actions and outcomes, shared by command line, audit log and store. Light: ``--help`` loads this module."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """The three syncs, by their names in the audit log."""

    DEPARTMENTS = "sync_departments"
    USERS = "sync_users"
    DATA_LAKE = "sync_data_lake"


LEASE_FREED = "lease_freed"
"""Action of the event that a lease was ended by an operator."""

DROP_ENTITY = "drop_entity"
"""Action of the events of an operator who deletes the documents of an entity that is synced no more."""

ERASE_RECORD, LIFT_ERASURE = "erase_record", "lift_erasure"
"""Actions of the events of an operator who erases a record for good, or lets it come back."""

RETENTION = "retention"
"""Action of the event of a run that drops what the settings do not keep any longer."""

DRIFT_SEEN = "drift_seen"
"""Action of the event of an operator who has seen what became of the fields of an entity."""

ALERT = "alert"
"""Action of the event of a message that was sent, or could not be."""


QUARANTINE = "quarantine"
"""Action of the event of an operator who dismisses rows from the quarantine, or takes that back."""

BACKUP, RESTORE = "store_backup", "store_restore"
"""Actions of the events of an operator who copies the store to a file, or from one."""

PAUSE, RESUME = "pause_schedule", "resume_schedule"
"""Actions of the events of an operator who stops the scheduled runs of a sync for a while, or lets them go on."""


class Outcome(StrEnum):
    """Outcome of a run, or of one of its entities."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
