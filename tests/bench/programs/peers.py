"""How others do it: a client library, pages of 1,000 by rising id, bulk upserts.

Kept as quick as such a script can be: the key is ``_id`` (an upsert on any other field takes twice as long), values
are stored as they come, no index is made, nothing is retired, nothing is checked.
``python -m tests.bench.programs.peers odoo-client-lib|odoorpc``
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient, UpdateOne

from odoo_sync_tui.entities.opportunities import ENTITY

PAGE_SIZE = 1000

Call = Callable[..., Any]
"""Calls a method of the model with named arguments."""


def odoo_client_lib() -> Call:
    """Odoo's own client library, over JSON-2, the quickest of its protocols."""
    import odoolib

    secure, host, port, database, _, key = _server()
    connection = odoolib.get_connection(
        hostname=host, port=port, protocol="json2s" if secure else "json2", database=database, password=key
    )
    model = connection.get_model(ENTITY.model)
    return lambda method, **arguments: getattr(model, method)(**arguments)


def odoorpc() -> Call:
    """OdooRPC, over JSON-RPC, the only protocol that it has."""
    import odoorpc

    secure, host, port, database, login, key = _server()
    client = odoorpc.ODOO(host, protocol="jsonrpc+ssl" if secure else "jsonrpc", port=port)
    client.login(database, login, key)
    return lambda method, **arguments: client.execute_kw(ENTITY.model, method, [], arguments)


PEERS = {"odoo-client-lib": odoo_client_lib, "odoorpc": odoorpc}


def main(peer: str) -> None:
    call = PEERS[peer]()
    rows = 0
    with MongoClient(_set("MONGO__URI")) as client:
        collection = client[_set("MONGO__DATABASE")].data_lake_serving
        for page in _pages(call):
            collection.bulk_write([_upsert(row) for row in page], ordered=False)
            rows += len(page)
    sys.stdout.write(json.dumps({"rows": {ENTITY.name: rows}}))


def _pages(call: Call) -> Iterator[list[dict[str, Any]]]:
    known = call("fields_get", attributes=["type"])
    fields = [name for name in ENTITY.fields if name in known]
    last = 0
    while True:
        page = call(
            "search_read",
            domain=[["id", ">", last]],
            fields=fields,
            order="id",
            limit=PAGE_SIZE,
            context={"active_test": False},
        )
        if not page:
            return
        yield page
        last = page[-1]["id"]


def _upsert(row: dict[str, Any]) -> UpdateOne:
    key = f"odoo_opportunity_{row['id']}"
    document = {"serving_id": key, "entity_type": "opportunity", "is_active": row["active"], "data": row}
    return UpdateOne({"_id": key}, {"$set": document}, upsert=True)


def _server() -> tuple[bool, str, int, str, str, str]:
    address = urlsplit(_set("ODOO__URL"))
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 80)
    names = ("ODOO__DATABASE", "ODOO__USERNAME", "ODOO__API_KEY")
    database, login, key = (_set(name) for name in names)
    return secure, address.hostname or "", port, database, login, key


def _set(name: str) -> str:
    return os.environ[f"ODOO_SYNC_{name}"]


if __name__ == "__main__":
    main(sys.argv[1])
