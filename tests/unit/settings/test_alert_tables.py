"""``[[alerts]]``: a list of tables, numbered, with secrets, their files, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.core.text.redaction import redact
from odoo_sync_tui.notify.targets import AlertKind, Shape
from tests.unit.settings.files import load_here, refusal, shown, write

HOOK = "https://hooks.example.com/canary"
MAIL = 'smtp = "smtp://bot:canary-bird@mail.example.com"\nmail_from = "a@b.c"\nmail_to = ["d@e.f"]\n'


def test_a_list_of_tables_is_numbered_and_each_value_has_its_origin(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "hook").write_text(f"{HOOK}\n")
    (place / "hook").chmod(0o600)
    path = str(place / "hook")
    write(
        place / "settings.toml",
        f'[[alerts]]\nwebhook_file = "{path}"\nshape = "slack"\non = ["failed"]\n[[alerts]]\n{MAIL}'
        '[[alerts]]\ncommand = ["/usr/bin/page", "-v"]\n',
    )
    monkeypatch.setenv("ODOO_SYNC_ALERTS__1__ON", '["drift", "recovered"]')
    first, second, third = load_here().alert_targets
    assert (first.way, first.webhook, first.shape) == ("webhook", HOOK, Shape.SLACK)
    assert first.kinds == {AlertKind.DRIFT, AlertKind.RECOVERED}
    assert (second.way, second.mail_to, second.kinds) == ("smtp", ("d@e.f",), frozenset(AlertKind))
    assert (third.way, third.command) == ("command", ("/usr/bin/page", "-v"))
    told = shown()
    assert told["alerts.1.webhook"] == (None, f"file {path}")
    assert told["alerts.1.on"][1] == "environment variable ODOO_SYNC_ALERTS__1__ON"
    assert told["alerts.2.smtp"] == (None, "file settings.toml")
    assert told["alerts.3.command"] == (("/usr/bin/page", "-v"), "file settings.toml")
    assert redact(f"at {HOOK}") == "at ***"
    assert redact("with canary-bird") == "with ***", "the password in the address of the mail server"


def test_a_file_that_others_may_read_or_write_is_refused(place: Path) -> None:
    write(place / "settings.toml", f'[[alerts]]\nwebhook = "{HOOK}"\n', 0o640)
    assert refusal() == "settings.toml holds a secret and others may read it. Run: chmod 600 settings.toml"
    write(place / "settings.toml", '[[alerts]]\ncommand = ["/bin/true"]\n', 0o660)
    assert "A group may write to settings.toml, and alerts.1.command in it" in refusal()


REFUSED = {
    "[[alerts]]\non = []": 'alerts.1.on is "[]" (from the file settings.toml): a list of these words is accepted:'
    " failed, partial, withheld, recovered, drift, late, expires.",
    f'[[alerts]]\nwebhook = "{HOOK}"\non = ["tardy"]': "a list of these words is accepted",
    f'[[alerts]]\nwebhok = "{HOOK}"': "There is no setting alerts.1.webhok in settings.toml. The nearest name is"
    " alerts.1.webhook.",
    f'[alerts]\nwebhook = "{HOOK}"': '"webhook" cannot be a name in [alerts] (setting alerts.webhook in settings.toml).'
    " Write [[alerts]]",
    "alerts = 1": "Write [[alerts]], and its settings below it",
    '[[alert]]\nping = "x"': "The nearest name is alerts",
    '[[alerts]]\nshape = "json"': "[alerts.1] (from the file settings.toml): one of webhook, smtp, command and ping has"
    " to be set, and none of them is.",
    f'[[alerts]]\nwebhook = "{HOOK}"\nping = "{HOOK}"': "and webhook and ping are.",
    f'[[alerts]]\nwebhook = "{HOOK}"\nmail_to = ["a@b.c"]': "mail_from and mail_to are for smtp, which is not set.",
    '[[alerts]]\nsmtp = "smtp://mail.example.com"': "smtp needs mail_from and mail_to.",
    '[[alerts]]\ncommand = ["/bin/true"]\nsecret = "canary"': "secret signs what is posted to a webhook",
    '[[alerts]]\nwebhook = "hooks.example.com/canary"': (
        "alerts.1.webhook has a value (from the file settings.toml): a web address like"
    ),
    '[[alerts]]\nsmtp = "mail.example.com/canary"': "a mail server like smtp://",
    '[[alerts]]\ncommand = "page --now"': "a list is accepted",
    '[[alerts]]\ncommand = [""]': "a list of arguments, the program first, is accepted",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text.replace("\n", " ")[:60])
def test_a_wrong_table_is_refused_with_what_to_do_and_no_secret(place: Path, text: str) -> None:
    write(place / "settings.toml", text)
    told = refusal()
    assert REFUSED[text] in told
    assert "canary" not in told
