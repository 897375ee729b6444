"""Who the operator is."""

from __future__ import annotations

import os

import pytest

from odoo_sync_tui.settings.load import load_settings
from tests.unit.settings.files import refusal


class TestOperator:
    def test_the_login_name_is_the_default(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("LOGNAME", "somebody-else")
        assert load_settings().current_operator().name != "somebody-else"

    def test_a_setting_beats_it(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_OPERATOR", "anna")
        assert load_settings().current_operator().name == "anna"

    @pytest.mark.parametrize("name", ["   ", "a\x1bb", "x" * 101])
    def test_a_name_that_cannot_be_shown_is_refused(self, name: str):
        assert "1 to 100 printable characters" in refusal(operator=name)

    def test_the_ssh_client_is_known(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22")
        operator = load_settings().current_operator()
        assert (operator.client, operator.pid) == ("192.0.2.7", os.getpid())

    def test_without_ssh_there_is_no_client(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("SSH_CONNECTION", raising=False)
        monkeypatch.delenv("SSH_CLIENT", raising=False)
        assert load_settings().current_operator().client is None
