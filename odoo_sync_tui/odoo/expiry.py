"""When the way to Odoo ends: the API keys of the user, and the certificate of the server."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from odoo_sync_tui.core.errors import OdooAccessError, OdooContractError, OdooMissingModelError, OdooPoisonRowError
from odoo_sync_tui.core.reports.health import Expiring
from odoo_sync_tui.odoo.connection import Connection
from odoo_sync_tui.odoo.rows.values import decode_datetime


def read_key_expiries(connection: Connection) -> Sequence[datetime | None] | None:
    """Read when each API key of the user expires (``None``: never); ``None`` when the server does not show it.

    Users may read their own keys in ``res.users.apikeys``. The key in use cannot be identified: the model shows
    neither key nor hash.
    """
    domain = (("user_id", "=", connection.server.user_id), ("scope", "in", ["rpc", None]))
    try:
        rows = connection.client.search_read("res.users.apikeys", domain, ["expiration_date"], connection.cancel)
        return [decode_datetime(row.get("expiration_date")) for row in rows] or None
    except (OdooMissingModelError, OdooAccessError, OdooContractError, OdooPoisonRowError, ValueError):
        return None  # Odoo before 18 has no expiry, and some servers hide the model


def read_expiries(connection: Connection) -> Mapping[Expiring, datetime | None]:
    """Read when the first API key and the certificate end (``None``: never); what is unknown is left out."""
    ends: dict[Expiring, datetime | None] = {}
    keys = read_key_expiries(connection)
    if keys is not None:
        ends[Expiring.API_KEY] = min((each for each in keys if each), default=None)
    if end := parse_certificate_end(connection.session.certificate_end):
        ends[Expiring.ODOO_CERTIFICATE] = end
    return ends


def parse_certificate_end(end: str | None) -> datetime | None:
    """Parse the end of a certificate as OpenSSL writes it; ``None`` for one that is not checked, and for none."""
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if end else None
