"""Delivery of messages: posted to a webhook, sent as mail, given to a command. No failure names an address."""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import signal
import smtplib
import ssl
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from urllib3.exceptions import HTTPError

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.hosts import encode_url
from odoo_sync_tui.notify.message import AlertMessage
from odoo_sync_tui.notify.targets import AlertTarget, Shape
from odoo_sync_tui.runtime.http.answers import BadResponse, Response
from odoo_sync_tui.runtime.http.proxy import find_proxy
from odoo_sync_tui.runtime.http.session import HttpConfig, Session, make_tls_context

PASSING_STATUS = frozenset({408, 425, 429})
OUR_VARIABLES = "ODOO_SYNC_"
PORT_BY_SCHEME = {"smtp": 587, "smtps": 465}


PAUSES = (1.0, 4.0)
"""Seconds before the second and the third try; the next run is another chance."""

Pause = Callable[[float], None]

_COMMANDS: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message: how many tries it took, and why it was not taken; empty where it was."""

    tries: int
    failure: str = ""


class SendError(Exception):
    """A message that could not be sent, with the reason; ``passing``: another try may succeed."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing


def deliver(
    target: AlertTarget,
    message: AlertMessage,
    pause: Pause = time.sleep,
    pauses: Sequence[float] = PAUSES,
    *,
    ends_at: float = math.inf,
) -> Delivery:
    """Send a message, and try again after each of these pauses where that may help.

    ``ends_at``: when all of it has to be over, by the monotonic clock.
    """
    failure = "there was no time left"
    for number, seconds in enumerate((0.0, *pauses), 1):
        left = ends_at - time.monotonic() - seconds
        if left <= 0:
            return Delivery(number - 1, failure)
        if seconds:
            pause(seconds)
        try:
            _send(replace(target, timeout_seconds=min(target.timeout_seconds, left)), message)
        except SendError as error:
            failure = error.reason
            if not error.passing:
                return Delivery(number, failure)
        else:
            return Delivery(number)
    return Delivery(len(pauses) + 1, failure)


def kill_commands() -> None:
    """Kill the commands that are at work, with their children: nobody waits for them any more."""
    for process in list(_COMMANDS):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it has just ended


def _send(target: AlertTarget, message: AlertMessage) -> None:
    """Send a message once.

    Raises:
        SendError: it was not taken.
    """
    match target.way:
        case "webhook":
            _post(target, message)
        case "smtp":
            _mail(target, message)
        case "command":
            _run(target, message)
        case _:
            _fetch(target)


def _post(target: AlertTarget, message: AlertMessage) -> None:
    body = message.make_body(target.shape)
    headers = sign(body, target.secret, int(time.time())) if target.secret else None
    with _translated():
        session = _open(target, target.webhook)
        try:
            _require_taken(session.post("", body, "application/json", headers))
        finally:
            session.close()


def _fetch(target: AlertTarget) -> None:
    with _translated():
        session = _open(target, target.ping)
        try:
            _require_taken(session.get(""))
        finally:
            session.close()


def sign(body: bytes, secret: str, seconds: int) -> Mapping[str, str]:
    """Make the headers that prove who sent a body, and when."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Odoo-Sync-Timestamp": str(seconds), "X-Odoo-Sync-Signature": f"sha256={digest}"}


@contextmanager
def _translated() -> Generator[None, None, None]:
    """Turn errors of HTTP into reasons, without an address in them."""
    try:
        yield
    except BadResponse as error:
        raise SendError(f"it answers with {error.description}", passing=False) from None
    except HTTPError as error:
        raise SendError(f"it cannot be reached ({type(error).__name__})", passing=True) from None
    except ConfigurationError as error:
        raise SendError(error.message, passing=False) from None


def _open(target: AlertTarget, address: str) -> Session:
    proxy = find_proxy(address, None, f"{target.name}.proxy")
    return Session(
        HttpConfig(encode_url(address), target.name, target.timeout_seconds, ca_file=target.ca_file, proxy=proxy)
    )


def _require_taken(response: Response) -> None:
    status = response.status
    if status // 100 == 3:
        raise SendError(f"it answers with a redirect ({status}), which is not followed", passing=False)
    if status // 100 != 2:
        raise SendError(f"it answers {status}", passing=status >= 500 or status in PASSING_STATUS)


def _mail(target: AlertTarget, message: AlertMessage) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.title, target.mail_from, ", ".join(target.mail_to)
    mail.set_content("\n".join((message.title, "", *message.lines, "")))
    address = urlsplit(target.smtp)
    host, port = address.hostname or "", address.port or PORT_BY_SCHEME[address.scheme]
    try:
        with _connect(target, address.scheme, host, port) as server:
            if address.username:
                server.login(unquote(address.username), unquote(address.password or ""))
            server.send_message(mail)
    except smtplib.SMTPResponseException as error:
        raise SendError(f"the mail server answers {error.smtp_code}", passing=error.smtp_code // 100 == 4) from None
    except smtplib.SMTPRecipientsRefused:
        raise SendError("the mail server refuses the receivers", passing=False) from None
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(f"the mail server did not take it ({type(error).__name__})", passing=True) from None
    except UnicodeError:
        raise SendError(
            "a user, a password or a receiver of mail has a character beyond ASCII", passing=False
        ) from None
    except ConfigurationError as error:
        raise SendError(error.message, passing=False) from None


def _connect(target: AlertTarget, scheme: str, host: str, port: int) -> smtplib.SMTP:
    """Connect to the mail server; a password goes to no server without TLS."""
    config = HttpConfig(host, target.name, target.timeout_seconds, ca_file=target.ca_file)
    context: ssl.SSLContext = make_tls_context(config)
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=target.timeout_seconds, context=context)
    server = smtplib.SMTP(host, port, timeout=target.timeout_seconds)
    try:
        _secure(server, context, has_password="@" in target.smtp)
    except BaseException:
        server.close()
        raise
    return server


def _secure(server: smtplib.SMTP, context: ssl.SSLContext, *, has_password: bool) -> None:
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
    elif has_password:
        raise SendError("the mail server offers no TLS, and a password goes nowhere without", passing=False)


def _run(target: AlertTarget, message: AlertMessage) -> None:
    """Run a command without a shell; it does not inherit our settings, and is killed with its children in the end."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(OUR_VARIABLES)}
    body = message.make_body(Shape.JSON)
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 -- the operator names it; there is no shell
            list(target.command),
            stdin=subprocess.PIPE,
            stdout=quiet,
            stderr=quiet,
            env=variables,
            start_new_session=True,
        )
    except OSError as error:
        raise SendError(f"the command cannot be started ({error.strerror})", passing=False) from None
    with process:
        _COMMANDS.add(process)
        try:
            process.communicate(body, target.timeout_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise SendError(f"the command took longer than {target.timeout_seconds:.3g} s", passing=False) from None
        finally:
            _COMMANDS.discard(process)
    if process.returncode:
        raise SendError(f"the command ended with {process.returncode}", passing=False)
