"""Where messages go, and about what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path


class AlertKind(StrEnum):
    """What a message is about: a change of the state of a sync or of its fields, or an end that is near."""

    FAILED = "failed"
    PARTIAL = "partial"
    WITHHELD = "withheld"
    RECOVERED = "recovered"
    DRIFT = "drift"
    LATE = "late"
    EXPIRES = "expires"


class Shape(StrEnum):
    """Form of the JSON that a webhook is sent."""

    JSON = "json"
    SLACK = "slack"
    TEAMS = "teams"


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """One receiver of messages. Just one of ``webhook``, ``smtp``, ``command`` and ``ping`` is set.

    Attributes:
        name: the dotted name of its table in the settings.
        kinds: what it is sent; a ping has none.
        webhook: an address that a message is posted to.
        shape: the form of that message.
        secret: the key that signs it; empty: it is not signed.
        smtp: the address of a mail server, with its user and password.
        mail_from: the sender.
        mail_to: the receivers.
        command: a command, as a list of arguments, which reads the message from its standard input.
        ping: an address that is fetched after each success.
        ca_file: certificate authorities to trust (PEM), instead of the system's.
        timeout_seconds: how long one try may take.
    """

    name: str
    kinds: frozenset[AlertKind] = frozenset()
    webhook: str = field(default="", repr=False)
    shape: Shape = Shape.JSON
    secret: str = field(default="", repr=False)
    smtp: str = field(default="", repr=False)
    mail_from: str = ""
    mail_to: tuple[str, ...] = ()
    command: tuple[str, ...] = field(default=(), repr=False)
    ping: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_seconds: float = 10.0

    @property
    def way(self) -> str:
        """The way of the message, in a word."""
        return next(word for word in ("webhook", "smtp", "command", "ping") if getattr(self, word))

    @property
    def key(self) -> str:
        """A key that stays while the receiver is the same, wherever its table stands; it tells no address."""
        place = "\0".join((self.way, self.webhook, self.smtp, *self.mail_to, *self.command, self.ping))
        return blake2b(place.encode(), digest_size=12).hexdigest()
