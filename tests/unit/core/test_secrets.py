"""The register of secrets."""

from odoo_sync_tui.core.secrets import hide, redacted


def test_what_is_known_goes_and_the_rest_stays():
    hide(["herring-roe", "herring", ""])
    assert redacted("a herring-roe and a herring, please") == "a *** and a ***, please"
    assert redacted("no fish") == "no fish"
