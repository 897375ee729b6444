"""Companies and their contacts: `res.partner`.

Ids run in threes, two companies and one contact, so that the kind of a record follows from its id.
"""

from __future__ import annotations

import re
from typing import Final

from odoo_sync_tui.demo.data.mix import ColumnFunction, choose_from, is_one_in, make_sparse
from odoo_sync_tui.demo.data.words import (
    AWKWARD_NAMES,
    CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    LEGAL_FORMS,
    NAME_STEMS,
    OWN_COMPANIES,
    STREETS,
    TRADES,
)
from odoo_sync_tui.demo.data.world import DatasetConfig, RecordSource, build_create_dates, build_write_dates
from odoo_sync_tui.demo.values import Value

_SPACE_BEFORE_LINE_END: Final = re.compile(r"(?<!\s)\s+\n")


def is_company(number: int) -> bool:
    """Whether the partner is a company, as two of three are."""
    return number % 3 != 0


def company_id(ordinal: int) -> int:
    """Compute the partner id of the `ordinal`-th company, from 1."""
    return (ordinal - 1) // 2 * 3 + (ordinal - 1) % 2 + 1


def contact_id(ordinal: int) -> int:
    """Compute the partner id of the `ordinal`-th contact, from 1."""
    return ordinal * 3


def person_name(bits: int) -> str:
    """Choose a first and a last name."""
    return f"{FIRST_NAMES[(bits >> 9) % len(FIRST_NAMES)]} {LAST_NAMES[(bits >> 37) % len(LAST_NAMES)]}"


def email_local_part(name: str) -> str:
    """Convert a name to the local part of an e-mail address: ASCII, lower case, dots for spaces."""
    ascii_name = "".join(char if char.isascii() and char.isalnum() else "." for char in name.lower())
    return ".".join(part for part in ascii_name.split(".") if part) or "info"


def _ordinal(number: int) -> int:
    return (number - 1) // 3 * 2 + (number - 1) % 3 + 1


def _name(number: int, bits: int) -> Value:
    if not is_company(number):
        return person_name(bits)
    if number <= len(OWN_COMPANIES):
        return OWN_COMPANIES[number - 1]
    awkward = AWKWARD_NAMES.get(_ordinal(number))
    if awkward:
        return awkward
    trade, form = TRADES[(bits >> 23) % len(TRADES)], LEGAL_FORMS[(bits >> 51) % len(LEGAL_FORMS)]
    return f"{NAME_STEMS[(bits >> 3) % len(NAME_STEMS)]} {trade} {form}"


def _site(number: int, bits: int) -> str:
    stem, trade = NAME_STEMS[(bits >> 3) % len(NAME_STEMS)], TRADES[(bits >> 23) % len(TRADES)]
    return f"{stem.lower()}-{trade.lower()}-{number}.example"


def _email(number: int, bits: int) -> Value:
    if is_company(number):
        return f"info@{_site(number, bits)}"
    return f"{email_local_part(person_name(bits))}.{number}@mail.example"


def build_partners(config: DatasetConfig) -> RecordSource:
    """Build all partners: `companies` + `contacts` records, about 6 % archived."""
    salt = config.salt("res.partner")
    sizes = config.sizes
    written = build_write_dates(salt)
    archive_salt = salt & 0xFFFFFF

    def name_with_company(number: int) -> Value:
        name = config.lookup("res.partner", number, "name") or ""
        parent = config.lookup("res.partner", number, "parent_id")
        if not parent or config.lookup("res.partner", number, "is_company"):
            return name
        return f"{config.lookup('res.partner', int(str(parent)), 'name')}, {name}"

    def display_name(number: int) -> Value:
        """Name the partner; since 17 without white space before the end of a line, nor around."""
        name = name_with_company(number)
        return _SPACE_BEFORE_LINE_END.sub("\n", str(name)).strip() if name and config.dialect >= 17 else name

    def parent(number: int, _: int) -> Value:
        # The company just before the contact, so that it exists at every size.
        return False if is_company(number) or number % 9 == 0 else number - 1 - number % 2

    return RecordSource(
        size=sizes.companies + sizes.contacts,
        salt=salt,
        id_columns={
            "is_company": is_company,
            "active": lambda number: not is_one_in(number, archive_salt, 16),
            "create_date": build_create_dates(written),
        },
        hashed_columns=_base_columns(parent) | _address_columns() | _business_columns(sizes.users),
        computed_columns={"display_name": display_name, "complete_name": name_with_company},
        write_date=written,
    )


def _base_columns(parent: ColumnFunction) -> dict[str, ColumnFunction]:
    return {
        "name": _name,
        "parent_id": parent,
        "email": make_sparse(5, 88, _email),
        "phone": make_sparse(11, 80, lambda _, bits: f"+32 2 {bits % 900 + 100} {(bits >> 10) % 9000 + 1000}"),
        "mobile": make_sparse(71, 35, lambda _, bits: f"+32 4{bits % 90 + 10} {(bits >> 8) % 900000 + 100000}"),
        "lang": make_sparse(83, 97, lambda _, bits: "fr_FR" if (bits >> 29) % 5 == 0 else "en_US"),
    }


def _address_columns() -> dict[str, ColumnFunction]:
    city = choose_from(61, CITIES)

    def street(_: int, bits: int) -> Value:
        return f"{(bits >> 17) % 240 + 1} {STREETS[(bits >> 57) % len(STREETS)]}"

    return {
        "street": make_sparse(43, 92, street),
        "street2": make_sparse(47, 15, lambda _, bits: f"Floor {(bits >> 19) % 12 + 1}"),
        "city": make_sparse(53, 95, lambda number, bits: city(number, bits)[0]),
        "zip": make_sparse(53, 90, lambda number, bits: city(number, bits)[1]),
        "country_id": make_sparse(53, 93, lambda number, bits: city(number, bits)[2]),
        "state_id": make_sparse(53, 93, lambda number, bits: city(number, bits)[3] or False),
    }


def _business_columns(users: int) -> dict[str, ColumnFunction]:
    salespeople = min(users, 40) - 1

    def rank(shift: int, percent: int) -> ColumnFunction:
        return lambda _, bits: (bits >> 7) % 9 + 1 if (bits >> shift) % 100 < percent else 0

    return {
        "ref": make_sparse(67, 40, lambda number, _: f"C{number:06}"),
        "vat": make_sparse(31, 45, lambda number, bits: f"BE0{(bits + number) % 1_000_000_000:09}"),
        "website": make_sparse(13, 50, lambda number, bits: f"https://{_site(number, bits)}"),
        "industry_id": make_sparse(79, 60, lambda _, bits: (bits >> 41) % 10 + 1),
        "user_id": make_sparse(89, 55, lambda _, bits: (bits >> 33) % salespeople + 2),
        "company_id": make_sparse(73, 20, lambda _, bits: (bits >> 21) % 2 + 1),
        "customer_rank": rank(27, 60),
        "supplier_rank": rank(59, 25),
    }
