"""The register of secrets."""

from odoo_sync_tui.core.text.redaction import forget_new_secrets, redact, register_secrets


def test_what_is_known_goes_and_the_rest_stays():
    register_secrets(["herring-roe", "herring", ""])
    assert redact("a herring-roe and a herring, please") == "a *** and a ***, please"
    assert redact("no fish") == "no fish"


def test_secrets_of_a_block_are_forgotten_after_it_and_older_ones_stay():
    register_secrets(["old-sole"])
    with forget_new_secrets():
        register_secrets(["new-sole"])
        assert redact("old-sole new-sole") == "*** ***"
    assert redact("old-sole new-sole") == "*** new-sole"
