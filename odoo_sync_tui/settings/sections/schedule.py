"""Tables of schedules: when each sync runs by itself, and when it is late."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import time
from typing import Annotated, cast

from pydantic import BeforeValidator, Field

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.schedule import (
    UTC_NAME,
    ScheduleRule,
    covers_whole_day,
    parse_interval,
    parse_quiet_hours,
    parse_time_of_day,
    parse_zone,
)
from odoo_sync_tui.settings.sections.base import NamedTable, SettingsSection, TableSection
from odoo_sync_tui.settings.sections.value_types import parse_json

ACTION_BY_TABLE = {str(action).removeprefix("sync_"): action for action in Action}
"""The syncs by the names of their tables: "departments", "users", "data_lake"."""


def _validate_interval(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError('the time between two runs, such as "15m" or "2h", is accepted')  # noqa: TRY004 -- pydantic's
    parse_interval(value)
    return value


def _validate_time(value: object) -> str:
    text = value.isoformat("minutes") if isinstance(value, time) else value  # TOML has times of its own
    if not isinstance(text, str):
        raise ValueError('a time of the day, such as "02:00", is accepted')  # noqa: TRY004 -- pydantic's
    if text:
        parse_time_of_day(text)
    return text


def _validate_quiet(value: object) -> tuple[str, ...]:
    texts = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (None,)
    if not all(isinstance(each, str) for each in texts):
        raise ValueError('a list of parts of the day is accepted: ["08:00-09:00"]')
    quiet = tuple(map(str, texts))
    if covers_whole_day([parse_quiet_hours(each) for each in quiet]):
        raise ValueError("hours that leave some time of the day are accepted")
    return quiet


def _validate_zone(value: object) -> str:
    name = value if isinstance(value, str) else ""
    parse_zone(name)
    return name


OptionalInterval = Annotated[str, BeforeValidator(lambda value: value and _validate_interval(value))]
Interval = Annotated[str, BeforeValidator(_validate_interval)]
TimeOfDay = Annotated[str, BeforeValidator(_validate_time)]
QuietTimes = Annotated[tuple[str, ...], BeforeValidator(_validate_quiet), BeforeValidator(parse_json)]
ZoneName = Annotated[str, BeforeValidator(_validate_zone)]


class SyncSchedule(NamedTable):
    """When a sync runs by itself, where ``schedule run`` is at work."""

    every: Interval = Field(examples=["15m"])
    """Time from the beginning of a run to that of the next, such as "15m" or "2h"; it has to be set."""
    full_at: TimeOfDay = ""
    """Time of the day of a run that reads every row."""
    quiet: QuietTimes = ()
    """Parts of the day in which no run begins, such as ["08:00-09:00"]."""
    zone: ZoneName = UTC_NAME
    """The time zone of these times of the day, such as "Europe/Brussels"."""

    def build(self) -> ScheduleRule:
        """Build the rule."""
        return ScheduleRule(
            parse_interval(self.every),
            parse_time_of_day(self.full_at) if self.full_at else None,
            tuple(parse_quiet_hours(each) for each in self.quiet),
            parse_zone(self.zone),
        )


class ExpectSettings(SettingsSection):
    """How often syncs are expected to succeed, whoever runs them: beyond it, they are late."""

    every: OptionalInterval = ""
    """How often each sync is expected to succeed where no table [schedule.NAME] says when it runs, as in "1h"."""
    late_after: OptionalInterval = ""
    """After how long without success a sync is late, as in "3h"; by default after twice its interval."""


def _find_name_flaw(name: str) -> str:
    if name in ACTION_BY_TABLE:
        return ""
    near = difflib.get_close_matches(name, ACTION_BY_TABLE, n=1)
    return (f"Did you mean {near[0]}? " if near else "") + f"The syncs are {', '.join(ACTION_BY_TABLE)}."


SCHEDULE_TABLES = TableSection(
    lambda _: SyncSchedule, _find_name_flaw, lambda _name, _key: "", lambda _: "", example="users"
)

ScheduleTables = Annotated[dict[str, SyncSchedule], BeforeValidator(SCHEDULE_TABLES.name_tables)]
