"""Addresses of records in Odoo's web client, to open them in a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from odoo_sync_tui.core.text.hosts import encode_host

_FIRST_MAJOR_WITH_PATHS = 18
_MAJOR = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class WebClient:
    """Web client of one Odoo database.

    Attributes:
        address: the server's web address, without credentials.
        database: name of the database; a server may have several.
        has_paths: whether a record has a path of its own, as since Odoo 18. Before that its address is a fragment,
            which no server sees: who is not logged in yet lands on the start page.
    """

    address: str
    database: str
    has_paths: bool

    def locate(self, model: str, odoo_id: int) -> str:
        """Return the address of a record, in printable ASCII whatever the values hold."""
        query = f"?{urlencode({'db': self.database})}" if self.database else ""
        name = quote(model, safe="")
        if not self.has_paths:
            return f"{self.address}/web{query}#id={odoo_id}&model={name}&view_type=form"
        place = name if "." in name else f"m-{name}"  # how Odoo 18 tells a model from an action's own path
        return f"{self.address}/odoo/{place}/{odoo_id}{query}"


@lru_cache(maxsize=8)
def find_web_client(url: str, database: str, server_version: str | None) -> WebClient | None:
    """Find the web client of a server; ``None`` when the text is no web address.

    Args:
        url: the server's web address as the settings or the store hold it.
        database: name of the database.
        server_version: the server's own words, such as "19.0" or "saas~18.2"; ``None`` while unknown.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = encode_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    place = f"[{host}]" if ":" in host else quote(host, safe=".-_~")
    address = f"{parts.scheme}://{place}{f':{port}' if port else ''}{quote(parts.path.rstrip('/'), safe='/%')}"
    major = _MAJOR.search(server_version or "")
    return WebClient(address, database, major is not None and int(major.group()) >= _FIRST_MAJOR_WITH_PATHS)
