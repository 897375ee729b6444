"""One set of cases for the look-alike and, where ODOO_TEST_URL, _DB, _LOGIN and _KEY are set, for a real Odoo.

What is asserted here is what the program relies on; so the look-alike cannot drift from the real thing unseen.
"""

from __future__ import annotations

import os
import re
import xmlrpc.client
from collections.abc import Iterator
from typing import Any

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.integration.contract.client import CLIENTS, Client, Refused, Target

REAL = ("ODOO_TEST_URL", "ODOO_TEST_DB", "ODOO_TEST_LOGIN", "ODOO_TEST_KEY")
CASES = [
    *(f"demo19-{name}" for name in CLIENTS),
    *(f"demo{dialect}-{name}" for dialect in (17, 14) for name in ("jsonrpc", "xmlrpc")),
    *(pytest.param(f"real-{name}", marks=pytest.mark.real_odoo) for name in CLIENTS),
]
ARCHIVED = {"active_test": False}
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MODELS = ("res.partner", "crm.lead", "account.move", "hr.employee", "hr.department")

# Field to (type, relation or currency field); `drift` says from and until which version a field is there.
WANTED = {
    "hr.department": "id:integer name:char complete_name:char parent_id:many2one=hr.department "
    "manager_id:many2one=hr.employee active:boolean company_id:many2one=res.company "
    "write_date:datetime create_date:datetime",
    "hr.employee": "id:integer name:char work_email:char work_phone:char mobile_phone:char job_title:char "
    "job_id:many2one=hr.job department_id:many2one=hr.department parent_id:many2one=hr.employee "
    "user_id:many2one=res.users company_id:many2one=res.company active:boolean write_date:datetime "
    "create_date:datetime",
    "res.partner": "id:integer name:char display_name:char is_company:boolean email:char phone:char website:char "
    "vat:char ref:char street:char street2:char city:char zip:char state_id:many2one=res.country.state "
    "country_id:many2one=res.country industry_id:many2one=res.partner.industry user_id:many2one=res.users "
    "company_id:many2one=res.company parent_id:many2one=res.partner customer_rank:integer supplier_rank:integer "
    "active:boolean lang:selection write_date:datetime create_date:datetime",
    "crm.lead": "id:integer name:char type:selection partner_id:many2one=res.partner partner_name:char "
    "contact_name:char email_from:char phone:char stage_id:many2one=crm.stage team_id:many2one=crm.team "
    "user_id:many2one=res.users company_id:many2one=res.company expected_revenue:monetary=company_currency "
    "prorated_revenue:monetary=company_currency company_currency:many2one=res.currency probability:float "
    "priority:selection date_deadline:date date_open:datetime date_closed:datetime tag_ids:many2many=crm.tag "
    "active:boolean create_date:datetime write_date:datetime",
    "account.move": "id:integer name:char ref:char move_type:selection state:selection payment_state:selection "
    "partner_id:many2one=res.partner commercial_partner_id:many2one=res.partner "
    "invoice_user_id:many2one=res.users company_id:many2one=res.company currency_id:many2one=res.currency "
    "amount_untaxed:monetary=currency_id amount_tax:monetary=currency_id amount_total:monetary=currency_id "
    "amount_residual:monetary=currency_id amount_total_signed:monetary=company_currency_id invoice_date:date "
    "invoice_date_due:date invoice_origin:char payment_reference:char "
    "invoice_line_ids:one2many=account.move.line create_date:datetime write_date:datetime",
}
DRIFT = {
    19: {"crm.lead": "recurring_revenue:monetary=company_currency lost_reason_id:many2one=crm.lost.reason "
         "won_status:selection", "hr.employee": "current_version_id:many2one=hr.version"},
    17: {"crm.lead": "recurring_revenue:monetary=company_currency lost_reason_id:many2one=crm.lost.reason",
         "res.partner": "mobile:char"},
    14: {"crm.lead": "lost_reason:many2one=crm.lost.reason", "res.partner": "mobile:char"},
}  # fmt: skip
GONE = {
    19: {"res.partner": {"mobile"}, "crm.lead": {"lost_reason"}},
    17: {"crm.lead": {"won_status", "lost_reason"}},
    14: {"crm.lead": {"won_status", "lost_reason_id"}, "hr.employee": {"current_version_id"}},
}


@pytest.fixture(scope="module")
def demos() -> Iterator[dict[int, DemoOdoo]]:
    servers = {dialect: DemoOdoo(records=200, dialect=dialect) for dialect in (14, 17, 19)}
    for server in servers.values():
        server.start()
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture(params=CASES)
def client(request: pytest.FixtureRequest, demos: dict[int, DemoOdoo]) -> Client:
    where, _, protocol = request.param.partition("-")
    if where == "real":
        missing = [name for name in REAL if not os.environ.get(name)]
        if missing:
            pytest.skip(f"no real Odoo: {', '.join(missing)} not set")
        url, database, login, key = (os.environ[name] for name in REAL)
        dialect = version_of(url)
        if protocol == "json2" and dialect < 19:
            pytest.skip("JSON-2 came with 19")
        target = Target(url.rstrip("/"), database, login, key, dialect, real=True)
    else:
        server = demos[int(where.removeprefix("demo"))]
        target = Target(server.url, server.database, server.username, server.api_key, server.dialect, real=False)
    return CLIENTS[protocol](target)


def version_of(url: str) -> int:
    """The major version of a real Odoo."""
    answer: Any = xmlrpc.client.ServerProxy(f"{url.rstrip('/')}/xmlrpc/2/common").version()
    return int(answer["server_version_info"][0])


def search(client: Client, model: str, domain: list, **rest: object) -> list[int]:
    return client.call(model, "search", domain=domain, **rest)


def rows(client: Client, model: str, fields: list[str], domain: list | None = None, **rest: object) -> list[dict]:
    return client.call(model, "search_read", domain=domain or [], fields=fields, **rest)


def bare_rows(client: Client, model: str, fields: list[str], domain: list | None = None, **rest: object) -> list[dict]:
    """Rows with bare many2one ids: one call, or two where search_read takes no `load`."""
    if client.target.dialect >= 15:
        return rows(client, model, fields, domain, load=None, **rest)
    ids = search(client, model, domain or [], **rest)
    return client.call(model, "read", ids=ids, fields=fields, load=False)


def refused(client: Client, model: str, method: str, **arguments: object) -> Refused:
    with pytest.raises(Refused) as caught:
        client.call(model, method, **arguments)
    return caught.value


def wanted_fields(model: str, dialect: int) -> dict[str, tuple[str, str]]:
    """Name to (type, relation or currency field) of what the program asks of `model`."""
    spec = f"{WANTED[model]} {DRIFT[dialect].get(model, '')}".split()
    pairs = (one.split(":") for one in spec)
    return {name: (kind.partition("=")[0], kind.partition("=")[2]) for name, kind in pairs}
