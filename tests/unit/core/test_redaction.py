"""The register of secrets."""

from odoo_sync_tui.core.text.redaction import redact, register_secrets


def test_what_is_known_goes_and_the_rest_stays():
    register_secrets(["herring-roe", "herring", ""])
    assert redact("a herring-roe and a herring, please") == "a *** and a ***, please"
    assert redact("no fish") == "no fish"
