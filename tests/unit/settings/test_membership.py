"""What a host of Odoo is: all spellings of one address share its limit."""

from __future__ import annotations

import pytest

from odoo_sync_tui.settings.sections.fleet import FleetSettings, HostSettings
from odoo_sync_tui.settings.sections.membership import choose_host_limit, find_host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://ERP.Example.com", "erp.example.com"),
        ("https://erp.example.com:443/odoo/", "erp.example.com"),
        ("http://erp.example.com.:80", "erp.example.com"),
        ("http://erp.example.com:8069", "erp.example.com:8069"),
        ("https://müller.example", "xn--mller-kva.example"),
        ("http://[::1]:8069/", "[::1]:8069"),
        ("http://10.0.0.7", "10.0.0.7"),
    ],
)
def test_one_host_however_its_address_is_written(url: str, host: str):
    assert find_host(url) == host


def test_the_table_of_a_host_counts_for_each_of_its_ports_that_has_none():
    hosts = {"erp.example.com": HostSettings(name="erp.example.com", calls_in_flight=2)}
    fleet = FleetSettings(calls_in_flight=3, calls_per_second=5)
    limits = [choose_host_limit(f"https://erp.example.com{port}", fleet, hosts) for port in ("", ":443", ":8069")]
    assert [(each.calls_in_flight, each.calls_per_second) for each in limits] == [(2, 5.0)] * 3
    assert choose_host_limit("https://other.example.com", fleet, hosts).calls_in_flight == 3
