"""The words that the command line, the audit log and the store share. Light: ``--help`` loads them."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """The three syncs, by the name under which the audit log knows them."""

    DEPARTMENTS = "sync_departments"
    USERS = "sync_users"
    DATA_LAKE = "sync_data_lake"


class Outcome(StrEnum):
    """How a run, or one entity of it, ended."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
