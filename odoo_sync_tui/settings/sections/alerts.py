"""Tables of alerts: who is told about failures, and how. ``[[alerts]]``, numbered in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from odoo_sync_tui.core.text.sanitize import clean
from odoo_sync_tui.notify.targets import AlertKind, AlertTarget, Shape
from odoo_sync_tui.settings.sections.base import NamedTable, TableSection
from odoo_sync_tui.settings.sections.value_types import ReadableFile, parse_json

WAYS = ("webhook", "smtp", "command", "ping")
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")


def _validate_kinds(value: object) -> tuple[AlertKind, ...]:
    words = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (None,)
    if not words or not all(isinstance(each, str) and each in frozenset(AlertKind) for each in words):
        raise ValueError(f"a list of these words is accepted: {', '.join(AlertKind)}")
    return tuple(AlertKind(cast("str", each)) for each in words)


def _validate_web_address(address: SecretStr) -> SecretStr:
    text = address.get_secret_value().strip()
    try:
        parts = urlsplit(text)
        is_valid = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and clean(text) == text and "@" not in text
        )
        is_valid = is_valid and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError("a web address like https://hooks.example.com/services/… is accepted")
    return SecretStr(text)


def _validate_smtp(address: SecretStr) -> SecretStr:
    text = address.get_secret_value().strip()
    try:
        parts = urlsplit(text)
        is_valid = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
        is_valid = is_valid and parts.path in {"", "/"} and not parts.query and clean(text) == text
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError("a mail server like smtp://user:password@mail.example.com:587 is accepted, or smtps://")
    return SecretStr(text)


def _validate_receivers(value: object) -> tuple[str, ...]:
    texts = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (None,)
    if not all(isinstance(each, str) and _ADDRESS.fullmatch(each) for each in texts):
        raise ValueError('a list of mail addresses is accepted: ["oncall@example.com"]')
    return tuple(cast("Sequence[str]", texts))


def _validate_sender(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("a mail address is accepted")
    return value


def _validate_command(value: object) -> tuple[str, ...]:
    texts = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (None,)
    if not texts or not all(isinstance(each, str) and each and "\0" not in each for each in texts):
        raise ValueError('a list of arguments, the program first, is accepted: ["/usr/local/bin/page", "lake"]')
    return tuple(cast("Sequence[str]", texts))


WebAddress = Annotated[SecretStr, AfterValidator(_validate_web_address)]
MailServer = Annotated[SecretStr, AfterValidator(_validate_smtp)]
Kinds = Annotated[tuple[AlertKind, ...], BeforeValidator(_validate_kinds), BeforeValidator(parse_json)]
Receivers = Annotated[tuple[str, ...], BeforeValidator(_validate_receivers), BeforeValidator(parse_json)]
Command = Annotated[tuple[str, ...], BeforeValidator(_validate_command), BeforeValidator(parse_json)]


class Alert(NamedTable):
    """One receiver of messages: a webhook, a mail server, a command, or a ping."""

    on: Kinds = tuple(AlertKind)
    """What is told; all of it by default. A ping is sent after each success, whatever this says."""
    webhook: WebAddress | None = None
    """An address that messages are posted to as JSON."""
    webhook_file: Path | None = None
    """A file that holds the address, instead of ``webhook``."""
    shape: Shape = Shape.JSON
    """The form of that JSON: ``json`` for programs, ``slack``, ``teams``."""
    secret: SecretStr | None = None
    """The key that signs what is posted."""
    secret_file: Path | None = None
    """A file that holds the key, instead of ``secret``."""
    smtp: MailServer | None = None
    """A mail server: smtp:// with STARTTLS where it offers that, or smtps://; with user and password in it."""
    smtp_file: Path | None = None
    """A file that holds the address of the mail server, instead of ``smtp``."""
    mail_from: Annotated[str, AfterValidator(_validate_sender)] | None = None
    """The sender of the mail; it has to be set with ``smtp``."""
    mail_to: Receivers = ()
    """The receivers of the mail; it has to be set with ``smtp``."""
    command: Command | None = None
    """A command as a list of arguments; it reads the message as JSON from its standard input."""
    ping: WebAddress | None = None
    """An address that is fetched after each success of a sync, for a monitor that misses it."""
    ping_file: Path | None = None
    """A file that holds the address, instead of ``ping``."""
    ca_file: ReadableFile | None = None
    """Certificates (PEM) to trust instead of the system's."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    """How long one try may take."""

    @model_validator(mode="after")
    def _require_one_way(self) -> Self:
        ways = [way for way in WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            found = "none of them is" if not ways else f"{' and '.join(ways)} are"
            raise ValueError(f"one of webhook, smtp, command and ping has to be set, and {found}")
        if self.smtp and not (self.mail_from and self.mail_to):
            raise ValueError("smtp needs mail_from and mail_to")
        if not self.smtp and (self.mail_from or self.mail_to):
            raise ValueError("mail_from and mail_to are for smtp, which is not set")
        if self.secret and not self.webhook:
            raise ValueError("secret signs what is posted to a webhook, and none is set")
        return self

    def build(self) -> AlertTarget:
        """Build the receiver."""
        return AlertTarget(
            f"alerts.{self.name}",
            frozenset(() if self.ping else self.on),
            webhook=_reveal(self.webhook),
            shape=self.shape,
            secret=_reveal(self.secret),
            smtp=_reveal(self.smtp),
            mail_from=self.mail_from or "",
            mail_to=self.mail_to,
            command=self.command or (),
            ping=_reveal(self.ping),
            ca_file=self.ca_file,
            timeout_seconds=self.timeout_seconds,
        )


def _reveal(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _find_name_flaw(name: str) -> str:
    is_number = name.isascii() and name.isdigit() and not name.startswith("0") and len(name) <= 3
    return (
        "" if is_number else "Write [[alerts]]: these tables have no names, they are numbered in their order, from 1."
    )


ALERT_TABLES = TableSection(lambda _: Alert, _find_name_flaw, lambda _name, _key: "", lambda _: "", example="1")

AlertTables = Annotated[dict[str, Alert], BeforeValidator(ALERT_TABLES.name_tables)]
