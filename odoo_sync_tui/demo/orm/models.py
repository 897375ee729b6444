"""The models of the look-alike in dialects 14, 17 and 19.

Types, labels and attributes are those of `fields_get` of a real Odoo 19; the names that drifted between
versions (`mobile`, `lost_reason`, `won_status`, employee fields that moved to `hr.version`) follow the dialect.
"""

from __future__ import annotations

from typing import Final

from odoo_sync_tui.demo.orm.fields import (
    ID_FIELD,
    TIMESTAMP_FIELDS,
    Field,
    Model,
    as_computed,
    as_readonly,
    as_unstored,
    boolean,
    char,
    date,
    datetime_field,
    display_name,
    integer,
    many2many,
    many2one,
    monetary,
    one2many,
    selection,
    translated_char,
)

ACTIVE_FIELD: Final = boolean("Active")
_LANG: Final = selection("Language", ("en_US", "English (US)"), ("fr_FR", "French / Français"))
_PARTNER_NAME_PARTS: Final = (
    "complete_name", "email", "vat", "state_id", "country_id", "commercial_company_name", "name",
)  # fmt: skip
_MOVE_STATES: Final = (("draft", "Draft"), ("posted", "Posted"), ("cancel", "Cancelled"))
_MOVE_TYPES: Final = (
    ("entry", "Journal Entry"),
    ("out_invoice", "Customer Invoice"),
    ("out_refund", "Customer Credit Note"),
    ("in_invoice", "Vendor Bill"),
    ("in_refund", "Vendor Credit Note"),
    ("out_receipt", "Sales Receipt"),
    ("in_receipt", "Purchase Receipt"),
)
_PAYMENT_STATES: Final = (
    ("not_paid", "Not Paid"),
    ("in_payment", "In Payment"),
    ("paid", "Paid"),
    ("partial", "Partially Paid"),
    ("reversed", "Reversed"),
    ("invoicing_legacy", "Invoicing App Legacy"),
)


def build_models(dialect: int) -> dict[str, Model]:
    """Build every model of `dialect` (14, 17 or 19), by name."""
    main_models = (_department(dialect), _employee(dialect), _partner(dialect), _lead(dialect), _move())
    versions = (_version(),) if dialect >= 19 else ()
    return {one.name: one for one in (*main_models, *versions, _user(dialect), *_fixed_models())}


def _model(name: str, description: str, fields: dict[str, Field], order: str = "id") -> Model:
    return Model(
        name, description, {"id": ID_FIELD, "display_name": display_name("name")} | fields | TIMESTAMP_FIELDS, order
    )


def _department(dialect: int) -> Model:
    complete = char("Complete Name")
    fields = {
        "display_name": display_name("complete_name"),
        "name": char("Department Name", required=True),
        # Stored until 18: there, renaming a parent stamps the children too.
        "complete_name": as_computed(complete) if dialect >= 19 else as_readonly(complete),
        "active": ACTIVE_FIELD,
        "company_id": many2one("Company", "res.company"),
        "parent_id": many2one("Parent Department", "hr.department"),
        "manager_id": many2one("Manager", "hr.employee"),
    }
    return _model("hr.department", "Department", fields, "name, id")


def _employee(dialect: int) -> Model:
    job_fields = {
        "department_id": many2one("Department", "hr.department"),
        "job_id": many2one("Job", "hr.job"),
        "job_title": char("Job Title"),
    }
    fields = {
        "company_id": many2one("Company", "res.company", required=True),
        "name": char("Employee Name"),
        "user_id": many2one("User", "res.users"),
        "active": ACTIVE_FIELD,
        "work_phone": char("Work Phone"),
        "mobile_phone": char("Work Mobile"),
        "work_email": char("Work Email"),
        "parent_id": many2one("Manager", "hr.employee"),
    }
    if dialect >= 19:
        job_fields = {name: as_unstored(one) for name, one in job_fields.items()}
        fields["current_version_id"] = as_readonly(as_unstored(many2one("Current Version", "hr.version")))
    return _model("hr.employee", "Employee", fields | job_fields, "name, id")


def _version() -> Model:
    fields = {
        "company_id": many2one("Company", "res.company"),
        "employee_id": many2one("Employee", "hr.employee"),
        "name": char("Name"),
        "active": ACTIVE_FIELD,
        "date_version": Field("date", "Date Version", required=True),
        "department_id": many2one("Department", "hr.department"),
        "job_id": many2one("Job", "hr.job"),
        "job_title": char("Job Title"),
    }
    return _model("hr.version", "Version", fields, "date_version, id")


def _partner(dialect: int) -> Model:
    fields = {
        "name": char("Name"),
        "parent_id": many2one("Related Company", "res.partner"),
        "ref": char("Reference"),
        "lang": _LANG,
        "user_id": many2one("Salesperson", "res.users"),
        "vat": char("Tax ID"),
        "website": char("Website Link"),
        "active": ACTIVE_FIELD,
        "street": char("Street"),
        "street2": char("Street2"),
        "zip": char("Zip"),
        "city": char("City"),
        "state_id": many2one("State", "res.country.state"),
        "country_id": many2one("Country", "res.country"),
        "email": char("Email"),
        "phone": char("Phone"),
        "is_company": boolean("Is a Company"),
        "industry_id": many2one("Industry", "res.partner.industry"),
        "company_id": many2one("Company", "res.company"),
        "supplier_rank": integer("Supplier Rank"),
        "customer_rank": integer("Customer Rank"),
    }
    if dialect <= 17:
        fields["mobile"] = char("Mobile")
    if dialect >= 17:
        fields["complete_name"] = as_readonly(char("Complete Name"))
        fields["display_name"] = display_name(*_PARTNER_NAME_PARTS)
    if dialect < 15:
        fields["display_name"] = as_readonly(char("Display Name"))
    return _model("res.partner", "Contact", fields, "id desc")


def _lead(dialect: int) -> Model:
    fields = {
        "name": char("Opportunity", required=True),
        "user_id": many2one("Salesperson", "res.users"),
        "team_id": many2one("Sales Team", "crm.team"),
        "company_id": many2one("Company", "res.company"),
        "active": ACTIVE_FIELD,
        "type": selection("Type", ("lead", "Lead"), ("opportunity", "Opportunity"), required=True),
        "priority": selection("Priority", ("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")),
        "stage_id": many2one("Stage", "crm.stage"),
        "tag_ids": many2many("Tags", "crm.tag"),
        "expected_revenue": monetary("Expected Revenue", "company_currency"),
        "prorated_revenue": as_readonly(monetary("Prorated Revenue", "company_currency")),
        "company_currency": as_readonly(as_unstored(many2one("Currency", "res.currency"))),
        "date_closed": datetime_field("Closed Date"),
        "date_open": datetime_field("Assignment Date"),
        "date_deadline": date("Expected Closing"),
        "partner_id": many2one("Contact", "res.partner"),
        "contact_name": char("Contact Name"),
        "partner_name": char("Company Name"),
        "email_from": char("Email"),
        "phone": char("Phone"),
        "probability": Field("float", "Probability"),
    }
    return _model("crm.lead", "Lead", fields | _version_dependent_lead_fields(dialect), "id desc")


def _version_dependent_lead_fields(dialect: int) -> dict[str, Field]:
    """Build the opportunity's fields that were added, removed or renamed between versions."""
    if dialect < 15:
        return {"lost_reason": many2one("Lost Reason", "crm.lost.reason")}
    fields = {
        "lost_reason_id": many2one("Lost Reason", "crm.lost.reason"),
        "recurring_revenue": monetary("Recurring Revenues", "company_currency"),
    }
    if dialect >= 19:
        status = selection("Won/Lost", ("won", "Won"), ("lost", "Lost"), ("pending", "Pending"))
        fields["won_status"] = as_readonly(status)
    return fields


def _move() -> Model:
    fields = {
        "display_name": display_name("partner_id", "date", "state", "move_type", "name"),
        "name": char("Number"),
        "ref": char("Reference"),
        "state": as_readonly(selection("Status", *_MOVE_STATES, required=True)),
        "move_type": as_readonly(selection("Type", *_MOVE_TYPES, required=True)),
        "company_id": many2one("Company", "res.company"),
        "invoice_line_ids": one2many("Invoice lines", "account.move.line"),
        "invoice_date": date("Invoice/Bill Date"),
        "invoice_date_due": date("Due Date"),
        "partner_id": many2one("Partner", "res.partner"),
        "commercial_partner_id": as_readonly(many2one("Commercial Entity", "res.partner")),
        "payment_reference": char("Payment Reference"),
        "currency_id": many2one("Currency", "res.currency", required=True),
        "company_currency_id": as_readonly(as_unstored(many2one("Company Currency", "res.currency"))),
        "amount_untaxed": as_readonly(monetary("Untaxed Amount", "currency_id")),
        "amount_tax": as_readonly(monetary("Tax", "currency_id")),
        "amount_total": as_readonly(monetary("Total", "currency_id")),
        "amount_residual": as_readonly(monetary("Amount Due", "currency_id")),
        "amount_total_signed": as_readonly(monetary("Total Signed", "company_currency_id")),
        "payment_state": as_readonly(selection("Payment Status", *_PAYMENT_STATES)),
        "invoice_user_id": many2one("Salesperson", "res.users"),
        "invoice_origin": as_readonly(char("Origin")),
    }
    return _model("account.move", "Journal Entry", fields, "id desc")


def _user(dialect: int) -> Model:
    fields = {
        "partner_id": many2one("Related Partner", "res.partner", required=True),
        "login": char("Login", required=True),
        "active": ACTIVE_FIELD,
        "share": as_readonly(boolean("Share User")),
        "company_id": many2one("Company", "res.company", required=True),
        "company_ids": many2many("Companies", "res.company"),
        "name": as_unstored(char("Name")),
        "email": as_unstored(char("Email")),
        "lang": as_unstored(_LANG),
        "tz": as_unstored(selection("Timezone", ("Europe/Brussels", "Europe/Brussels"), ("UTC", "UTC"))),
    }
    if dialect < 15:
        # 14 derives such fields from the groups, without the attribute `store`.
        fields["in_group_1"] = Field("boolean", "Internal User", store=None)
    return _model("res.users", "User", fields, "name, login")


def _fixed_models() -> tuple[Model, ...]:
    """Build the referenced models with a few fixed rows."""
    company = {
        "name": char("Company Name", required=True),
        "active": ACTIVE_FIELD,
        "partner_id": many2one("Partner", "res.partner", required=True),
        "currency_id": many2one("Currency", "res.currency", required=True),
    }
    currency = {
        "name": char("Currency", required=True),
        "symbol": char("Symbol", required=True),
        "rounding": Field("float", "Rounding Factor", digits=(12, 6)),
        "decimal_places": as_readonly(integer("Decimal Places")),
        "active": ACTIVE_FIELD,
    }
    country = {"name": translated_char("Country Name"), "code": char("Country Code", required=True)}
    state = {
        "display_name": display_name("country_id", "name"),
        "country_id": many2one("Country", "res.country", required=True),
        "name": char("State Name", required=True),
        "code": char("State Code", required=True),
    }
    stage = {
        "name": translated_char("Stage Name"),
        "sequence": integer("Sequence"),
        "is_won": boolean("Is Won Stage?"),
    }
    team = {
        "name": translated_char("Sales Team"),
        "active": ACTIVE_FIELD,
        "company_id": many2one("Company", "res.company"),
        "user_id": many2one("Team Leader", "res.users"),
    }
    module = {
        "name": char("Technical Name", required=True),
        "state": selection("Status", ("installed", "Installed"), ("uninstalled", "Not Installed")),
        "latest_version": char("Installed Version"),
    }
    kind = {
        "name": translated_char("Model Description"),
        "model": char("Model", required=True),
        "state": as_readonly(selection("Type", ("manual", "Custom Object"), ("base", "Base Object"))),
        "transient": boolean("Transient Model"),
        "is_mail_thread": boolean("Has Mail Thread"),
    }
    key = {
        "name": char("Description", required=True),
        "user_id": many2one("User", "res.users"),
        "scope": char("Scope"),
        "expiration_date": datetime_field("Expiration Date"),
    }
    return (
        _model("res.users.apikeys", "Users API Keys", key),
        _model("ir.model", "Models", kind, "is_mail_thread desc, name"),
        _model("ir.module.module", "Module", module, "name"),
        _model("res.company", "Companies", company, "name, id"),
        _model("res.currency", "Currency", currency, "active desc, name"),
        _model("res.country", "Country", country, "name"),
        _model("res.country.state", "Country state", state, "code, id"),
        _model("res.partner.industry", "Industry", {"name": translated_char("Name"), "active": ACTIVE_FIELD}, "name"),
        _model("res.lang", "Languages", {"name": char("Name"), "code": char("Locale Code"), "active": ACTIVE_FIELD}),
        _model("crm.stage", "CRM Stages", stage, "sequence, id"),
        _model("crm.team", "Sales Team", team, "name, id"),
        _model("crm.tag", "CRM Tag", {"name": translated_char("Tag Name"), "color": integer("Color")}),
        _model("crm.lost.reason", "Opp. Lost Reason", {"name": translated_char("Description"), "active": ACTIVE_FIELD}),
        _model("hr.job", "Job Position", {"name": translated_char("Job Position"), "active": ACTIVE_FIELD}, "name, id"),
        _model("ir.config_parameter", "System Parameter", {"key": char("Key"), "value": char("Value")}, "key"),
    )
