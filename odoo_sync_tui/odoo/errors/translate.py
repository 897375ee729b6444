"""Translation of the errors of a transport into errors for the operator, whose class says what to do about them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from urllib3 import exceptions as http

from odoo_sync_tui.core.errors import OdooError, OdooPoisonRowError, OdooTransientError
from odoo_sync_tui.odoo.errors.context import CallContext, ServerFault, UnreadableXml
from odoo_sync_tui.odoo.errors.faults import classify_fault
from odoo_sync_tui.odoo.errors.network import classify_network_error
from odoo_sync_tui.odoo.errors.responses import classify_response
from odoo_sync_tui.runtime.http.answers import BadResponse


@contextmanager
def translate_errors(context: CallContext) -> Generator[None, None, None]:
    """Turn every error of a transport into an :class:`OdooError`.

    Raises:
        OdooError: its class decides what the caller does next.
    """
    try:
        yield
    except ServerFault as fault:
        raise classify_fault(context, fault) from None
    except BadResponse as answer:
        raise classify_response(context, answer) from None
    except UnreadableXml:
        raise _unreadable_xml_error(context) from None
    except http.HTTPError as error:
        raise classify_network_error(context, error) from None


def _unreadable_xml_error(context: CallContext) -> OdooError:
    message = (
        f"An answer of {context.url} over XML-RPC cannot be read: a value holds a character that XML cannot carry."
    )
    if context.is_row_read:
        return OdooPoisonRowError(message, "JSON-RPC or JSON-2 would read it: set odoo.protocol to auto.")
    return OdooTransientError(message, "Set odoo.protocol to auto.")
