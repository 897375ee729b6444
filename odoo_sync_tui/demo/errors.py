"""Odoo's errors, with the attributes that the three protocols need.

One exception class carries the qualified name, the text, the status of JSON-2 and the fault code of XML-RPC, as
measured on Odoo 14 and 19. A made-up traceback is included, as by a real server: no client may show it.
"""

from __future__ import annotations

from typing import Final

_NAMED: Final[dict[str, tuple[str, int, int]]] = {
    # short name: (qualified name, JSON-2 status, XML-RPC fault code)
    "AccessDenied": ("odoo.exceptions.AccessDenied", 401, 3),
    "AccessError": ("odoo.exceptions.AccessError", 403, 4),
    "UserError": ("odoo.exceptions.UserError", 422, 2),
    "MissingError": ("odoo.exceptions.MissingError", 404, 2),
    "InvalidRowCountInLimitClause": ("psycopg2.errors.InvalidRowCountInLimitClause", 500, 1),
    "OperationalError": ("psycopg2.OperationalError", 500, 1),
    "BadRequest": ("werkzeug.exceptions.BadRequest", 400, 1),
    "NotFound": ("werkzeug.exceptions.NotFound", 404, 1),
    "Unauthorized": ("werkzeug.exceptions.Unauthorized", 401, 1),
    "UnprocessableEntity": ("werkzeug.exceptions.UnprocessableEntity", 422, 1),
}


class OdooError(Exception):
    """An error reported to the caller.

    `kind` is the short name: one of the odoo, psycopg2 and werkzeug exceptions known here, else a Python builtin
    such as `ValueError` (status 500 in JSON-2, fault code 1 in XML-RPC).
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.name, self.status, self.fault_code = _NAMED.get(kind, (f"builtins.{kind}", 500, 1))

    @property
    def arguments(self) -> list[str | int]:
        """The arguments of the server's exception; for werkzeug's with the status."""
        return [self.message, self.status] if self.name.startswith("werkzeug") else [self.message]

    @property
    def debug(self) -> str:
        """A server traceback with Python's last line: class (builtins without a module), colon, text."""
        shown = self.name.removeprefix("builtins.")
        return (
            "Traceback (most recent call last):\n"
            '  File "/opt/odoo/odoo/http.py", line 2815, in __call__\n'
            "    response = request._serve_db()\n"
            '  File "/opt/odoo/odoo/service/model.py", line 93, in call_kw\n'
            "    result = method(recs, *args, **kwargs)\n"
            f"{shown}: {self.message}\n"
        )

    @property
    def body(self) -> dict[str, object]:
        """The error object of JSON-2, also `error.data` of JSON-RPC."""
        return {
            "name": self.name,
            "message": self.message,
            "arguments": self.arguments,
            "context": {},
            "debug": self.debug,
        }


def invalid_field_error(field: str, model: str, dialect: int) -> OdooError:
    """Build the error of an unknown `field` of `model`; the text differs in 14."""
    on = f"model '{model}'" if dialect < 15 else f"'{model}'"
    return OdooError("ValueError", f"Invalid field '{field}' on {on}")


def refused_text(action: str, description: str, model: str) -> str:
    """Build the text for what nobody may do with `model`; `description` is its label."""
    return (
        f"You are not allowed to {action} '{description}' ({model}) records.\n\n"
        "No group currently allows this operation.\n\nContact your administrator to request access if necessary."
    )


def access_error(description: str, model: str, action: str = "access") -> OdooError:
    """Build the error of a missing right on `model`; `description` is the model's label."""
    return OdooError(
        "AccessError",
        f"You are not allowed to {action} '{description}' ({model}) records.\n\n"
        "This operation is allowed for the following groups:\n\t- Demo/Administrator\n\n"
        "Contact your administrator to request access if necessary.",
    )


def forbidden_field_error(field: str, description: str, model: str, uid: int) -> OdooError:
    """Build the error of a forbidden `field` in a readable `model`: the whole call fails."""
    return OdooError(
        "AccessError",
        f'You do not have enough rights to access the field "{field}" on {description} ({model}). '
        "Please contact your system administrator.\n\n"
        f"Operation: read\nUser: {uid}\nGroups: allowed for groups 'Demo / Administrator'",
    )


def unknown_database_error(name: str) -> OdooError:
    """Build PostgreSQL's error of an unknown database `name`."""
    return OdooError("OperationalError", f'FATAL:  database "{name}" does not exist\n')
