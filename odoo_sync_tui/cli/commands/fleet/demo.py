"""A made-up fleet: Odoos, of which three are in trouble, and the settings files of sources that read them."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from odoo_sync_tui.demo import DemoOdoo, LiveEdits
from odoo_sync_tui.demo.faults import Fault, HiddenIds, HttpStatus, SlowBody
from odoo_sync_tui.runtime.files import write_new
from odoo_sync_tui.settings.names import ENV_PREFIX
from odoo_sync_tui.store.embedded.server import EmbeddedMongo

MIN_FOR_TROUBLE = 3
"""With fewer sources all of them are well."""
HEALTHY_SERVERS = 2
"""Servers for all sources that are well: what is a source's own is the MongoDB database."""
GOLD_EVERY = 5
CALLS_BEFORE_HIDING, RECORDS_OF_A_CALL = 12, 500
"""So many calls, and one more for so many records, see all opportunities: a first sync stores them, a later one misses
most of them, which are more than one run may retire."""
SLOW_BODY_SECONDS = 0.4

_TOWNS = ("antwerp", "bergen", "cork", "dresden", "espoo", "faro", "ghent", "haarlem", "izmir", "jena")
_ZONES = ("eu", "us")
_EVERY = "15m"


def start_sources(
    stack: ExitStack, options: Namespace, mongo: EmbeddedMongo, overrides: Mapping[str, object], main: dict[str, str]
) -> Path:
    """Start the Odoos and write the settings of as many sources as are asked for; return the main settings file.

    Args:
        stack: ends the Odoos.
        options: those of ``demo``.
        mongo: the MongoDB of all sources. The files are written beside its data, and vanish with them.
        overrides: settings given on the command line, for all sources.
        main: further settings for all sources, by dotted name.
    """
    _forget_environment()
    servers = _start_servers(stack, options)
    config = mongo.data_dir.with_name("settings") / "settings.toml"
    rules = {f"schedule.{table}.every": _EVERY for table in ("departments", "users", "data_lake")}
    _write(config, {"mongo.uri": mongo.uri, "odoo.retry_seconds": 2, **rules, **main, **overrides})
    for number, odoo in enumerate(servers[index] for index in _choose_servers(options.sources)):
        name = _name(number)
        _write(config.parent / "sources.d" / f"{name}.toml", _source(number, name, odoo))
    return config


def _forget_environment() -> None:
    """Forget the operator's own settings, here and in the processes of sources: they may name a real lake."""
    for variable in [each for each in os.environ if each.startswith(ENV_PREFIX)]:
        del os.environ[variable]


def _start_servers(stack: ExitStack, options: Namespace) -> list[DemoOdoo]:
    """Start the servers: those that are well, then one that is slow, one that hides records, and one that is sick."""
    count = HEALTHY_SERVERS + (MIN_FOR_TROUBLE if options.sources >= MIN_FOR_TROUBLE else 0)
    servers: list[DemoOdoo] = []
    for number in range(count):
        seed = options.seed + number
        odoo = stack.enter_context(DemoOdoo(records=options.records, seed=seed, dialect=options.dialect))
        if options.live:
            stack.enter_context(LiveEdits(odoo, seed=seed))
        servers.append(odoo)
    faults = _list_faults(servers[-2], CALLS_BEFORE_HIDING + options.records // RECORDS_OF_A_CALL)
    for odoo, fault in zip(servers[HEALTHY_SERVERS:], faults, strict=False):
        odoo.faults.add(fault)
    return servers


def _list_faults(hiding: DemoOdoo, first_hidden: int) -> Iterator[Fault]:
    found = hiding.search("crm.lead")
    yield SlowBody(seconds=SLOW_BODY_SECONDS)
    yield HiddenIds(model="crm.lead", ids=found[len(found) // 4 :], first=first_hidden)
    yield HttpStatus(status=503)


def _choose_servers(sources: int) -> Iterator[int]:
    """Yield the server of each source: the last three of many are in trouble."""
    well = sources - MIN_FOR_TROUBLE if sources >= MIN_FOR_TROUBLE else sources
    yield from (number % HEALTHY_SERVERS for number in range(well))
    yield from range(HEALTHY_SERVERS, HEALTHY_SERVERS + sources - well)


def _name(number: int) -> str:
    return f"{_TOWNS[number % len(_TOWNS)]}-{number + 1:03}"


def _source(number: int, name: str, odoo: DemoOdoo) -> dict[str, object]:
    gold = {"tags": ["gold"]} if number % GOLD_EVERY == 0 else {}
    return {
        **gold,
        "zone": _ZONES[number % len(_ZONES)],
        "odoo.url": odoo.url,
        "odoo.database": odoo.database,
        "odoo.username": odoo.username,
        "odoo.api_key": odoo.api_key,
        "mongo.database": f"odoo_sync_{name}",
    }


def _write(path: Path, values: Mapping[str, object]) -> None:
    """Write settings by dotted name to a new file, its owner's alone."""
    write_new(path, (f"{name} = {json.dumps(value)}\n" for name, value in values.items()))
