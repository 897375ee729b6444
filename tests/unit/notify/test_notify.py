"""Messages to people: what they say, how they are sent, and what is told of those that could not be."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from odoo_sync_tui.notify import delivery
from odoo_sync_tui.notify.delivery import PAUSES, Delivery, deliver
from odoo_sync_tui.notify.message import AlertMessage
from odoo_sync_tui.notify.targets import AlertKind, AlertTarget, Shape
from tests.support.receivers import MailSink, Receiver, serving

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
STATES = {"orders": "failed", "accounts": "success"}
MESSAGE = AlertMessage(
    AlertKind.FAILED, "data-lake", "run-1", "anna\x1b[2J", "etl<1>", NOW, "acme", STATES, {"odoo_access": 2}
)
ALL = frozenset(AlertKind)


def send(target: AlertTarget, message: AlertMessage = MESSAGE) -> tuple[Delivery, list[float]]:
    waited: list[float] = []
    return deliver(target, message, waited.append), waited


def test_a_webhook_is_posted_a_signed_message_without_values() -> None:
    with serving(Receiver()) as server:
        target = AlertTarget("alerts.1", ALL, webhook=f"{server.url}/hook?token=canary", secret="key")
        assert send(target) == (Delivery(1), [])
        ((path, headers, body),) = server.taken
    assert path == "/hook?token=canary"
    assert json.loads(body) == {
        "event": "failed",
        "sync": "data-lake",
        "database": "acme",
        "run_id": "run-1",
        "operator": "anna\x1b[2J",
        "host": "etl<1>",
        "at": "2026-01-02T12:00:00+00:00",
        "entities": STATES,
        "problems": {"odoo_access": 2},
        "note": "",
        "text": "odoo-sync-tui (acme): data-lake failed",
    }
    signed = f"{headers['X-Odoo-Sync-Timestamp']}.".encode() + body
    digest = hmac.new(b"key", signed, hashlib.sha256).hexdigest()
    assert headers["X-Odoo-Sync-Signature"] == f"sha256={digest}"
    assert "canary" not in repr(target) + target.key


def test_slack_and_teams_have_shapes_of_their_own() -> None:
    slack = json.loads(MESSAGE.make_body(Shape.SLACK))
    assert slack.keys() == {"text"}
    assert slack["text"].startswith("*odoo-sync-tui (acme): data-lake failed*\nentities: orders failed\n")
    assert "etl&lt;1&gt;" in slack["text"]
    assert "\x1b" not in slack["text"]
    (card,) = json.loads(MESSAGE.make_body(Shape.TEAMS))["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [each["text"] for each in card["content"]["body"]][:3] == [
        "odoo-sync-tui (acme): data-lake failed",
        "entities: orders failed",
        "problems: odoo_access (2)",
    ]


def test_what_no_run_tells_says_what_it_is_without_a_run() -> None:
    late = AlertMessage(AlertKind.LATE, "users", "", "anna", "etl", NOW, "acme", note="no success since 8:00")
    assert late.title == "odoo-sync-tui (acme): users is late"
    assert late.lines[:2] == ["note: no success since 8:00", "by: anna on etl"]
    ends = replace(late, kind=AlertKind.EXPIRES, sync="", note="the certificate of Odoo ends on 2026-01-05, in 3 days")
    assert ends.title == "odoo-sync-tui (acme): the certificate of Odoo ends on 2026-01-05, in 3 days"


def test_no_try_begins_when_the_time_is_over() -> None:
    with serving(Receiver()) as server:
        server.status = 503
        target = AlertTarget("alerts.1", ALL, webhook=f"{server.url}/hook")
        waited: list[float] = []
        ended = deliver(target, MESSAGE, waited.append, (0.0, 3600.0), ends_at=time.monotonic() + 60)
        assert (ended, waited, server.refused) == (Delivery(2, "it answers 503"), [], 2)


@pytest.mark.parametrize(
    ("status", "tries", "failure"),
    [
        (503, 3, "it answers 503"),
        (429, 3, "it answers 429"),
        (404, 1, "it answers 404"),
        (302, 1, "it answers with a redirect (302), which is not followed"),
    ],
)
def test_what_may_pass_is_tried_again_and_a_redirect_is_not_followed(status: int, tries: int, failure: str) -> None:
    with serving(Receiver()) as server:
        server.status = status
        target = AlertTarget("alerts.1", ALL, webhook=f"{server.url}/canary")
        delivery, waited = send(target)
        assert (delivery, waited) == (Delivery(tries, failure), list(PAUSES[: tries - 1]))
        assert (server.refused, server.taken) == (tries, [])


def test_a_receiver_that_is_gone_is_named_without_its_address() -> None:
    with serving(Receiver()) as server:
        address = server.url
    delivery, _ = send(AlertTarget("alerts.1", ping=f"{address}/canary"))
    assert delivery == Delivery(3, "it cannot be reached (NewConnectionError)")


def test_mail_is_sent_and_what_the_server_says_is_told_by_its_code() -> None:
    with serving(MailSink()) as server:
        target = AlertTarget("alerts.1", ALL, smtp=server.url, mail_from="lake@example.com", mail_to=("a@b.c", "d@e.f"))
        assert send(target) == (Delivery(1), [])
        ((receivers, lines),) = server.mails
        assert receivers == ["a@b.c", "d@e.f"]
        assert "Subject: odoo-sync-tui (acme): data-lake failed" in lines
        assert "entities: orders failed" in lines
        with_password = replace(target, smtp=server.url.replace("//", "//user:canary@"))
        refused, _ = send(with_password)
        assert refused == Delivery(1, "the mail server offers no TLS, and a password goes nowhere without")
        server.refuses = "550 nobody of this name canary"
        refused, _ = send(target)
        assert refused == Delivery(1, "the mail server refuses the receivers")
        assert len(server.mails) == 1


def test_a_login_that_mail_cannot_carry_is_told_and_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def log_in(*_: object) -> None:
        "an\u00e4".encode("ascii")

    monkeypatch.setattr(delivery, "_secure", lambda *_, **__: None)
    monkeypatch.setattr(delivery.smtplib.SMTP, "login", log_in)
    with serving(MailSink()) as server:
        address = server.url.replace("//", "//user:canary@")
        target = AlertTarget("alerts.1", ALL, smtp=address, mail_from="lake@example.com", mail_to=("a@b.c",))
        refused, _ = send(target)
    assert refused == Delivery(1, "a user, a password or a receiver of mail has a character beyond ASCII")


def test_a_command_reads_the_message_and_knows_no_setting_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY", "canary")
    taken = tmp_path / "taken"
    program = (
        "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps([json.load(sys.stdin), sorted(os.environ)]))"
    )
    target = AlertTarget("alerts.1", ALL, command=(sys.executable, "-c", program, str(taken)))
    assert send(target) == (Delivery(1), [])
    message, variables = json.loads(taken.read_text())
    assert message["event"] == "failed"
    assert not [name for name in variables if name.startswith("ODOO_SYNC_")]
    assert set(variables) & set(os.environ)


@pytest.mark.parametrize(
    ("command", "failure"),
    [
        (("/bin/sh", "-c", "exit 3"), "the command ended with 3"),
        (("/bin/sh", "-c", "sleep 60 & sleep 60"), "the command took longer than 0.2 s"),
        (("/nowhere/at-all",), "the command cannot be started (No such file or directory)"),
    ],
)
def test_a_command_that_fails_or_hangs_is_ended_and_told(command: tuple[str, ...], failure: str) -> None:
    target = AlertTarget("alerts.1", ALL, command=command, timeout_seconds=0.2)
    assert send(target) == (Delivery(1, failure), [])
