"""Calls of the look-alike that tests make, and conditions to wait for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from odoo_sync_tui.demo import Call, DemoOdoo, faults
from tests.integration.contract.client import Client

Connect = Callable[..., Client]
"""Makes a client for a look-alike."""
Start = Callable[..., DemoOdoo]
"""Starts a look-alike."""

ALL = {"active_test": False}


def leads(client: Client, **rest: object):
    return client.call("crm.lead", "search_read", domain=[], fields=["name"], order="id", context=ALL, **rest)


def raw(client: Client, **arguments: object):
    return client.raw("crm.lead", "search_read", json.dumps({"domain": [], "fields": ["name"]} | arguments).encode())


class Entered(faults.Fault):
    """Sets an event when a call comes in."""

    def __init__(self, event: threading.Event) -> None:
        super().__init__()
        object.__setattr__(self, "event", event)

    def before(self, call: Call) -> None:
        self.event.set()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait up to ten seconds for `condition`."""
    tick = threading.Event()
    for _ in range(1000):
        if condition():
            return
        tick.wait(0.01)
    pytest.fail("the condition did not come true within ten seconds")
