"""The sources of all models."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from odoo_sync_tui.demo.data.catalog import build_model_rows
from odoo_sync_tui.demo.data.fixed import FIXED_ROWS, build_fixed
from odoo_sync_tui.demo.data.leads import build_leads
from odoo_sync_tui.demo.data.moves import build_moves
from odoo_sync_tui.demo.data.partners import build_partners
from odoo_sync_tui.demo.data.people import build_departments, build_employees, build_users, build_versions
from odoo_sync_tui.demo.data.world import DatasetConfig, DatasetSizes, RecordSource
from odoo_sync_tui.demo.orm.models import build_models
from odoo_sync_tui.demo.orm.table import Table
from odoo_sync_tui.demo.values import Value, Values, format_datetime, to_microseconds


def build_sources(config: DatasetConfig, username: str, labels: Mapping[str, str]) -> dict[str, RecordSource]:
    """Build the source of every model, by name; `username` is the login of user 2, `labels` are those of all models."""
    generated = {
        "hr.department": build_departments(config),
        "hr.employee": build_employees(config),
        "hr.version": build_versions(config),
        "res.partner": build_partners(config),
        "crm.lead": build_leads(config),
        "account.move": build_moves(config),
        "res.users": build_users(config, username),
    }
    fixed = FIXED_ROWS | {"ir.model": build_model_rows(labels)}
    return generated | {model: build_fixed(config, model, rows) for model, rows in fixed.items()}


_EMPTY: Final[dict[str, Value]] = {"integer": 0, "float": 0.0, "monetary": 0.0}
_VERSIONED: Final = frozenset(("department_id", "job_id", "job_title"))


class Database:
    """All tables of one server. Hold `lock` to read or change several records as one transaction."""

    def __init__(self, *, records: int, seed: int, dialect: int, username: str, clock: Callable[[], datetime]) -> None:
        self.dialect = dialect
        self.clock = clock
        self.lock = threading.RLock()
        self.sizes = DatasetSizes.from_record_count(records)
        models = build_models(dialect)
        labels = {name: model.description for name, model in models.items()}
        sources_by_model = build_sources(DatasetConfig(seed, dialect, self.sizes, self.get_value), username, labels)
        self.tables = {name: Table(model, sources_by_model[name]) for name, model in models.items()}

    def table(self, model: str) -> Table:
        """Return the table of `model`. Raises KeyError with the name if the dialect has no such model."""
        return self.tables[model]

    def get_value(self, model: str, record_id: int, field: str) -> Value:
        """Return the present stored value of one field of one record; False if the record does not exist."""
        table = self.tables[model]
        return table.getter(field)(record_id) if table.exists(record_id) else False

    def create(self, model: str, values: Values) -> int:
        """Add a record and return its id; other fields are empty, `active` is true by default."""
        with self.lock:
            table = self.table(model)
            number = table.last_id + 1
            stored = {name: _EMPTY.get(field.type, False) for name, field in table.model.fields.items()}
            empty_lists = {n: list[int]() for n, f in table.model.fields.items() if f.type in {"one2many", "many2many"}}
            for name in ("id", *table.source.computed_columns):
                stored.pop(name, None)
            now = self._clock_micros()
            stored |= empty_lists | {"create_date": now, "write_date": now}
            if "active" in table.model.fields:
                stored["active"] = True
            table.last_id = number
            table.edits[number] = stored
            self._write(table, number, values)
            self._create_version(model, number, values)
            return number

    def write(self, model: str, record_id: int, values: Values) -> None:
        """Write `values` to a record and set its write_date, even if no value changes, as Odoo does.

        A `write_date` among the values replaces the clock's time: a datetime, a text, or False for none.
        Raises KeyError for a model, a record or a field that does not exist.
        """
        with self.lock:
            table = self.table(model)
            if not table.exists(record_id):
                raise KeyError(f"{model} has no record {record_id}")
            if model == "hr.employee" and self.dialect >= 19:
                self._change_version(record_id, values)
                values = {name: value for name, value in values.items() if name not in _VERSIONED}
            self._write(table, record_id, {"write_date": self.clock()} | dict(values))

    def delete(self, model: str, record_id: int) -> None:
        """Remove a record; references to it become empty. Raises KeyError if it does not exist."""
        with self.lock:
            table = self.table(model)
            if not table.exists(record_id):
                raise KeyError(f"{model} has no record {record_id}")
            table.edits.pop(record_id, None)
            table.deleted.add(record_id)

    def _change_version(self, employee: int, values: Values) -> None:
        """Write an employee's department and job to the employee's version, where 19 stores them."""
        version_values = {name: value for name, value in values.items() if name in _VERSIONED}
        if version_values:
            self.write("hr.version", employee, version_values)

    def _create_version(self, model: str, number: int, values: Values) -> None:
        if model != "hr.employee" or self.dialect < 19:
            return
        version_values = {name: values[name] for name in _VERSIONED & values.keys()}
        self.create("hr.version", version_values | {"employee_id": number, "date_version": "2026-01-01"})
        self.tables["hr.employee"].edits[number] = {
            name: value for name, value in self.tables["hr.employee"].edits[number].items() if name not in _VERSIONED
        }

    def _write(self, table: Table, number: int, values: Values) -> None:
        unknown = values.keys() - table.model.fields.keys()
        if unknown:
            raise KeyError(f"{table.model.name} has no field {', '.join(sorted(unknown))}")
        edit = table.edits.setdefault(number, {})
        for name, value in values.items():
            edit[name] = _to_stored_datetime(value) if table.model.fields[name].type == "datetime" else value
        table.set_write_date(number, edit["write_date"])

    def _clock_micros(self) -> int:
        return to_microseconds(self.clock())


def _to_stored_datetime(value: Value | datetime) -> Value:
    """Convert a datetime, text (UTC), microseconds or False to the stored form."""
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, str):
        return to_microseconds(datetime.fromisoformat(value).replace(tzinfo=UTC))
    return value


def shown(value: Value, kind: str) -> Value:
    """Convert a stored value of a field of type `kind` to the wire form, names of many2one fields aside."""
    return format_datetime(value) if kind == "datetime" else value
