"""Many Odoos: how their runs are spread, and what one host of Odoo may be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal, cast

from pydantic import BeforeValidator, Field

from odoo_sync_tui.settings.sections.base import NamedTable, SettingsSection, TableSection
from odoo_sync_tui.settings.sections.value_types import ReadableFile, parse_json, validate_texts

LABEL = r"[A-Za-z0-9][A-Za-z0-9_-]{0,30}"
"""Form of a tag and of a zone."""

_HOST = re.compile(r"[a-z0-9][a-z0-9.-]*(:\d{1,5})?")
_SCHEDULER = re.compile(r"(tls|tcp)://\S+:\d+")


def _validate_limits(value: object) -> dict[str, int]:
    limits: object = value
    if isinstance(value, str):
        try:
            limits = json.loads(value)
        except (ValueError, RecursionError):
            limits = None
    named = cast("Mapping[object, object]", limits) if isinstance(limits, Mapping) else {None: None}
    if not all(isinstance(name, str) and type(count) is int and count > 0 for name, count in named.items()):
        raise ValueError('tags with numbers above 0 are accepted: { gold = 2 }, in a variable {"gold": 2}')
    return cast("dict[str, int]", dict(named))


def _validate_zone(value: object) -> str:
    if isinstance(value, str) and (not value or re.fullmatch(LABEL, value)):
        return value
    raise ValueError('a name of at most 31 letters, digits, hyphens and underscores is accepted, such as "eu"')


def _validate_scheduler(value: object) -> str:
    if isinstance(value, str) and (not value or _SCHEDULER.fullmatch(value)):
        return value
    raise ValueError('an address such as "tls://scheduler.example.com:8786" is accepted')


Tags = Annotated[
    tuple[str, ...], BeforeValidator(validate_texts(LABEL, '["gold", "retail"]')), BeforeValidator(parse_json)
]
Zone = Annotated[str, BeforeValidator(_validate_zone)]
TagLimits = Annotated[dict[str, int], BeforeValidator(_validate_limits)]
SchedulerAddress = Annotated[str, BeforeValidator(_validate_scheduler)]


class FleetSettings(SettingsSection):
    """How the runs of many sources are spread."""

    runs: int | None = Field(default=None, ge=1, le=10_000)
    """Runs at the same time on all machines together; unset: no limit."""
    runs_of_tag: TagLimits = Field(default_factory=dict[str, int])
    """Runs at the same time of sources with a tag: {"gold": 2}."""
    processes: int | None = Field(default=None, ge=1, le=1000)
    """Runs at the same time of one `fleet run`, and of one command for many sources; unset: one a processor."""
    engine: Literal["local", "dask"] = "local"
    """Where `fleet run` executes runs: in processes of this machine, or on the workers of Dask."""
    scheduler: SchedulerAddress = ""
    """The address of Dask's scheduler, such as "tls://scheduler.example.com:8786"; empty: a cluster on this machine."""
    tls_ca_file: ReadableFile | None = None
    """Certificates (PEM) to trust as those of Dask's scheduler and workers."""
    tls_cert_file: ReadableFile | None = None
    """The certificate (PEM) of this machine for Dask."""
    tls_key_file: ReadableFile | None = None
    """The private key (PEM) of that certificate."""
    calls_in_flight: int | None = Field(default=None, ge=1, le=64)
    """Calls to one host of Odoo at the same time, by all of its sources; unset: 1 for odoo.com, 4 elsewhere."""
    calls_per_second: float | None = Field(default=None, gt=0, le=1000)
    """Calls to one host of Odoo a second, by all of its sources; unset: 1 for odoo.com, no limit elsewhere."""


class HostSettings(NamedTable):
    """What one host of Odoo may be asked, by all of its sources."""

    calls_in_flight: int | None = Field(default=None, ge=1, le=64)
    """Calls at the same time; unset: as [fleet] says."""
    calls_per_second: float | None = Field(default=None, gt=0, le=1000)
    """Calls a second; unset: as [fleet] says."""


def _find_name_flaw(name: str) -> str:
    return "" if _HOST.fullmatch(name) else 'A host is written as in its address: [hosts."erp.example.com"].'


HOST_TABLES = TableSection(
    lambda _: HostSettings, _find_name_flaw, lambda _name, _key: "", lambda _: "", example="erp.example.com"
)

HostTables = Annotated[dict[str, HostSettings], BeforeValidator(HOST_TABLES.name_tables)]
