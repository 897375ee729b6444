"""Departments, employees, their versions (19) and the users.

Employee ids and user ids are different things: some employees have no user, some users no employee.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from odoo_sync_tui.demo.data.mix import ColumnFunction, hash_id, is_one_in, make_sparse
from odoo_sync_tui.demo.data.partners import contact_id, email_local_part, person_name
from odoo_sync_tui.demo.data.words import AWKWARD_NAMES, DEPARTMENTS, JOB_TITLES
from odoo_sync_tui.demo.data.world import DatasetConfig, RecordSource, build_create_dates, build_write_dates
from odoo_sync_tui.demo.values import Value

_ROOTS = 5
"""Number of departments without a parent; the others are below an earlier one."""


def build_departments(config: DatasetConfig) -> RecordSource:
    """Build the tree of departments; one in fifteen is archived, among them the fourth, at every size."""
    salt = config.salt("hr.department")
    written = build_write_dates(salt)
    employees = config.sizes.employees

    def name(number: int) -> Value:
        word = DEPARTMENTS[(number - 1) % len(DEPARTMENTS)]
        return word if number <= len(DEPARTMENTS) else f"{word} {number}"

    def complete_name(number: int) -> Value:
        label = config.lookup("hr.department", number, "name")
        parent = config.lookup("hr.department", number, "parent_id")
        return f"{complete_name(int(str(parent)))} / {label}" if parent else label

    return RecordSource(
        size=config.sizes.departments,
        salt=salt,
        id_columns={
            "name": name,
            "active": lambda number: number % 15 != 4,
            "parent_id": lambda number: False if number <= _ROOTS else (number - _ROOTS - 1) // 4 + 1,
            "company_id": lambda number: False if number % 5 == 0 else number % 2 + 1,
            "create_date": build_create_dates(written),
        },
        hashed_columns={"manager_id": lambda number, bits: False if number % 5 == 3 else bits % employees + 1},
        computed_columns={"display_name": complete_name, "complete_name": complete_name},
        write_date=written,
    )


def _job_columns(config: DatasetConfig) -> dict[str, ColumnFunction]:
    """Build department, job and job title: on the employee until 18, on the version from 19 on."""
    count = config.sizes.departments
    return {
        "department_id": make_sparse(15, 92, lambda _, bits: (bits >> 27) % count + 1),
        "job_id": make_sparse(19, 85, lambda _, bits: (bits >> 53) % len(JOB_TITLES) + 1),
        "job_title": make_sparse(19, 95, lambda _, bits: JOB_TITLES[(bits >> 53) % len(JOB_TITLES)]),
    }


def _user_column(users: int) -> Callable[[int], Value]:
    """Build the column of an employee's user: three in five have one, never the user with the same id."""

    def user(number: int) -> Value:
        group, position = divmod(number, 5)
        user_id = 3 * group + position + 3
        return user_id if 1 <= position <= 3 and user_id <= users else False

    return user


def build_employees(config: DatasetConfig) -> RecordSource:
    """Build all employees, about 7 % archived."""
    salt = config.salt("hr.employee")
    written = build_write_dates(salt)
    archive_salt = salt & 0xFFFFFF

    def name(number: int, bits: int) -> Value:
        return AWKWARD_NAMES[number] if number in (9, 11) else person_name(bits)

    def email(number: int, bits: int) -> Value:
        return f"{email_local_part(person_name(bits))}.{number}@demo.example"

    columns: dict[str, ColumnFunction] = {
        "name": name,
        "work_email": make_sparse(7, 90, email),
        "work_phone": make_sparse(11, 70, lambda _, bits: f"+32 2 555 {(bits >> 10) % 9000 + 1000}"),
        "mobile_phone": make_sparse(31, 50, lambda _, bits: f"+32 470 {(bits >> 12) % 900000 + 100000}"),
        "parent_id": lambda number, bits: False if number <= 2 else (bits >> 44) % max(1, number // 6) + 1,
    }
    computed: Mapping[str, Callable[[int], Value]] = {
        "display_name": lambda number: config.lookup("hr.employee", number, "name")
    }
    if config.dialect >= 19:
        computed = dict(computed) | _version_columns(config)
    else:
        columns |= _job_columns(config)
    return RecordSource(
        size=config.sizes.employees,
        salt=salt,
        id_columns={
            "active": lambda number: not is_one_in(number, archive_salt, 14),
            "company_id": lambda number: number % 2 + 1,
            "user_id": _user_column(config.sizes.users),
            "create_date": build_create_dates(written),
        },
        hashed_columns=columns,
        computed_columns=computed,
        write_date=written,
    )


def _version_columns(config: DatasetConfig) -> dict[str, Callable[[int], Value]]:
    """Build the employee's columns read from the version with the same id (19)."""

    def version_value(field: str) -> Callable[[int], Value]:
        return lambda number: config.lookup("hr.version", number, field)

    fields = {field: version_value(field) for field in ("department_id", "job_id", "job_title")}
    fields["current_version_id"] = lambda number: number
    return fields


def build_versions(config: DatasetConfig) -> RecordSource:
    """Build one version per employee, under the employee's id, with department and job, stored there since 19."""
    salt = config.salt("hr.employee")
    written = build_write_dates(config.salt("hr.version"))
    return RecordSource(
        size=config.sizes.employees,
        salt=salt,
        id_columns={
            "active": lambda _: True,
            "employee_id": lambda number: number,
            "company_id": lambda number: number % 2 + 1,
            "date_version": lambda number: f"2024-{number % 12 + 1:02}-01",
            "name": lambda _: False,
            "create_date": build_create_dates(written),
        },
        hashed_columns=_job_columns(config),
        computed_columns={"display_name": lambda number: config.lookup("hr.version", number, "date_version")},
        write_date=written,
    )


def build_users(config: DatasetConfig, username: str) -> RecordSource:
    """Build OdooBot (archived, as in Odoo), the user with login `username` (id 2), and the staff."""
    written = build_write_dates(config.salt("res.users"))
    partner_salt = config.salt("res.partner")
    fixed_names: Mapping[int, str] = {1: "OdooBot", 2: "Mitchell Admin"}

    def partner(number: int) -> int:
        return contact_id((number - 1) % config.sizes.contacts + 1)

    def login(number: int) -> str:
        if number <= len(fixed_names):
            return ("__system__", username)[number - 1]
        return f"{email_local_part(person_name(hash_id(partner(number), partner_salt)))}.{number}@demo.example"

    # A user's name and e-mail are the partner's; their changes do not set the user's write_date.
    def name(number: int) -> Value:
        return fixed_names.get(number) or config.lookup("res.partner", partner(number), "name")

    return RecordSource(
        size=config.sizes.users,
        salt=0,
        id_columns={
            "login": login,
            "active": lambda number: number == 2 or number % 15 != 1,
            "share": lambda _: False,
            "partner_id": partner,
            "company_id": lambda number: 1 if number <= 2 else number % 2 + 1,
            "company_ids": lambda number: [1, 2] if number <= 2 else [number % 2 + 1],
            "lang": lambda _: "en_US",
            "tz": lambda _: "Europe/Brussels",
            "in_group_1": lambda _: True,
            "create_date": build_create_dates(written),
        },
        hashed_columns={},
        computed_columns={
            "name": name,
            "email": lambda number: config.lookup("res.partner", partner(number), "email"),
            "display_name": lambda number: config.lookup("res.users", number, "name"),
        },
        write_date=written,
    )
