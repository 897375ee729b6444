"""Examines the way to an Odoo server, from its name to the rights on each field.

Each step asks for as little as possible, and for ten seconds at most: whoever examines a sick system does not want to
wait for the time limits of a run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from odoo_sync_tui.core.diagnosis import Seen, Step, doubtful, fine, untold, wrong
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooSetupError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.connector import EntityBasis, OdooConnector, Server
from odoo_sync_tui.odoo.doctor_network import Deadline, Network
from odoo_sync_tui.odoo.errors import Place, Stage, translated, unknown_database
from odoo_sync_tui.odoo.negotiate import Version, choose, is_api_key, probe_version
from odoo_sync_tui.odoo.transport.base import Call, Session
from odoo_sync_tui.odoo.values import decode_datetime

CALL_SECONDS = 8.0
"""Longest time of one call; less than a look has, so that a silent server is told as what it is."""
SOON_DAYS = 14
"""A key that expires sooner than this many days is worth a warning."""
FIRST_WITH_HAS_ACCESS = 20
"""``has_access`` took the place of ``check_access_rights`` in 18; 19 still answers both."""


class OdooDoctor:
    """Examines one server. Made for one use; :meth:`close` it.

    Args:
        config: gives the configuration, or raises ConfigurationError.
        entities: whose rights are looked at.
    """

    def __init__(self, config: Callable[[], OdooConfig], entities: Sequence[Entity]) -> None:
        self._load = config
        self._entities = entities
        self._deadline = Deadline()
        self._loaded: OdooConfig | None = None
        self._version: Version | None = None
        self._connector: _Connector | None = None
        self._server: Server | None = None
        self._login_error: OdooError | None = None
        self.ahead: float | None = None
        """Seconds by which the server's clock is ahead of ours; ``None`` while unknown."""

    def steps(self) -> list[Step]:
        """All steps, in their order."""
        network = Network(lambda: self._config, self._deadline)
        return [
            Step("odoo.settings", self._settings, needed=True),
            Step("odoo.dns", self._timed(network.name), needed=True),
            Step("odoo.tcp", self._timed(network.connection), needed=True),
            Step("odoo.tls", self._timed(network.encryption), needed=True),
            Step("odoo.version", self._timed(self._probe), needed=True),
            Step("odoo.protocol", self._protocol, needed=True),
            Step("odoo.database", self._timed(self._database), needed=True),
            Step("odoo.login", self._login, needed=True),
            Step("odoo.key", self._timed(self._key)),
            Step("odoo.write", self._timed(self._write_rights)),
            *(Step(f"odoo.rights.{entity.id}", self._timed(self._rights(entity))) for entity in self._entities),
        ]

    def close(self) -> None:
        """Let go of the connection. May be called any number of times."""
        if self._connector is not None:
            self._connector.disconnect()

    # ------------------------------------------------------------------------------------------------ the way in

    @property
    def _config(self) -> OdooConfig:
        if self._loaded is None:
            raise OdooSetupError("The settings of Odoo are not known.")
        return self._loaded

    def _timed(self, look: Callable[[], Seen]) -> Callable[[], Seen]:
        def timed() -> Seen:
            self._deadline.restart()
            return look()

        return timed

    def _settings(self) -> Seen:
        config = self._load()
        seconds = min(config.timeout_seconds, CALL_SECONDS)
        self._loaded = replace(config, timeout_seconds=seconds, retry_seconds=0.0)
        return fine(f"{config.url}, database {config.database}, as {config.username}.")

    def _probe(self) -> Seen:
        place = Place(self._config.url, self._config.database, self._config.username, Stage.CONNECT)
        with translated(place):
            session = Session(self._config)
            try:
                before = datetime.now(UTC)
                began = time.monotonic()
                self._version = probe_version(session, place)
            finally:
                session.close()
        took = time.monotonic() - began
        if session.server_time is not None:  # told in whole seconds, somewhere between question and answer
            self.ahead = (session.server_time - before).total_seconds() + (0.5 - took / 2)
        return fine(f"Odoo {self._version.text}, answered in {took * 1000:.0f} ms.")

    def _protocol(self) -> Seen:
        if self._version is None:
            return untold("The version is not known.")
        chosen = choose(self._config, self._version)
        why = "as odoo.protocol says" if self._config.protocol is not Protocol.AUTO else "chosen by version and key"
        if chosen is Protocol.XMLRPC:
            return doubtful(
                f"XML-RPC, {why}: the slowest, and some text it cannot carry.", "Set odoo.protocol to auto."
            )
        return fine(f"{_TITLES[chosen]}, {why}.")

    def _database(self) -> Seen:
        """Connect. Odoo opens the database before it looks at the login, so a refused login proves the database."""
        connector = self._connector = _Connector(self._config, self._deadline)
        config = self._config
        try:
            self._server = connector.connect()
        except OdooSetupError as error:
            place = Place(config.url, config.database, config.username)
            if error.message == unknown_database(place).message:
                raise
            self._login_error = error
        return fine(f"{config.database} can be opened.")

    def _login(self) -> Seen:
        if self._login_error is not None:
            raise self._login_error
        server, connector = self._server, self._connector
        if server is None or connector is None:
            return untold("There is no connection.")
        companies = f"{len(server.company_ids)} companies" if len(server.company_ids) != 1 else "1 company"
        said = f"{self._config.username} is let in (user id {server.user_id}, {companies}, {server.protocol})."
        if doubts := connector.warnings:
            return doubtful(f"{said} {doubts[0].message}", doubts[0].hint)
        return fine(said)

    # ------------------------------------------------------------------------------------------------ the rights

    def _open(self) -> _Connector:
        if self._connector is None:
            raise OdooSetupError("There is no connection to Odoo.", "Connect first.")
        return self._connector

    def _key(self) -> Seen:
        if not is_api_key(self._config):
            return doubtful(
                "odoo.api_key holds a password, not an API key.",
                "Make an API key in Odoo (preferences of the user, account security): it can be revoked alone, "
                "and JSON-2 needs one.",
            )
        user_id = self._server.user_id if self._server else 0
        expiries = self._open().key_expiries(user_id)
        if expiries is None:
            return untold("This server does not tell when the key expires.")
        return key_seen(expiries, datetime.now(UTC))

    def _write_rights(self) -> Seen:
        models = dict.fromkeys(entity.model for entity in self._entities)
        told = {model: self._open().may_write(model) for model in models}
        writable = [model for model, may in told.items() if may]
        if writable:
            return doubtful(
                f"The Odoo user may also change {', '.join(writable)}. The sync only reads.",
                "Use a user of its own with read rights only: then a lost key can do no harm.",
            )
        if any(may is None for may in told.values()):
            return untold("This server does not tell what the user may write.")
        return fine("The Odoo user may not change any of the models that are synced.")

    def _rights(self, entity: Entity) -> Callable[[], Seen]:
        def look() -> Seen:
            connector = self._open()
            try:
                basis = connector.prepare(entity)
                rows = connector.count(entity)
                if entity.watches:
                    connector.newest_write_date(entity)  # tries the watched models
            except OdooMissingModelError as error:
                return doubtful(error.message, error.hint)
            except OdooAccessError as error:
                return wrong(error.message, error.hint)
            return _rights_seen(entity, basis, rows, connector.warnings)

        return look


_TITLES = {Protocol.JSON2: "JSON-2", Protocol.JSONRPC: "JSON-RPC", Protocol.XMLRPC: "XML-RPC"}


class _Connector(OdooConnector):
    """A connector that also asks what only an examination wants to know."""

    def key_expiries(self, user_id: int) -> list[datetime | None] | None:
        """When each API key of the user expires, ``None`` in it for never; ``None`` when the server does not tell.

        Of ``res.users.apikeys`` a user may read the own keys. Which of them is in use cannot be told: the model
        shows neither key nor hash.
        """
        link = self._linked()
        domain = (("user_id", "=", user_id), ("scope", "in", ["rpc", None]))
        fields = ["expiration_date"]
        try:
            rows = self._run(lambda: link.caller.search_read("res.users.apikeys", domain, fields, link.life))
            return [decode_datetime(row.get("expiration_date")) for row in rows] or None
        except (OdooMissingModelError, OdooAccessError, OdooContractError, ValueError):
            return None  # Odoo before 18 has no expiry, and some servers hide the model

    def may_write(self, model: str) -> bool | None:
        """Whether the user may change records of the model; ``None`` when the server does not tell."""
        link = self._linked()
        if link.version.major < FIRST_WITH_HAS_ACCESS:
            call = Call(model, "check_access_rights", options={"operation": "write", "raise_exception": False})
        else:
            call = Call(model, "has_access", ids=[], options={"operation": "write"})
        try:
            answer = self._run(lambda: link.caller.call(call, link.life))
        except (OdooMissingModelError, OdooAccessError):
            return False
        except OdooContractError:
            return None
        return answer if isinstance(answer, bool) else None


def key_seen(expiries: Sequence[datetime | None], now: datetime) -> Seen:
    """What to say of API keys that expire at these times (``None``: never)."""
    dates = sorted(each for each in expiries if each is not None and each > now)
    if not dates:
        return fine("The API key does not expire.")
    days = (dates[0] - now).days
    several = "The first of the user's API keys" if len(expiries) > 1 else "The API key"
    said = f"{several} expires on {dates[0]:%Y-%m-%d}, in {days} days."
    if days < SOON_DAYS:
        return doubtful(said, "Make a new one in Odoo in time and set odoo.api_key to it.")
    return fine(said)


def _rights_seen(entity: Entity, basis: EntityBasis, rows: int, notices: Sequence[Notice]) -> Seen:
    """A field may be absent because this version lacks it, which is normal, or because it may not be read."""
    told = [notice.message for notice in notices if _concerns(notice, entity)]
    absent = [name for name in basis.missing_fields if not any(f" {name} of " in message for message in told)]
    wanted = len(entity.fields)
    said = f"{entity.model}: {rows} rows, {wanted - len(basis.missing_fields)} of {wanted} wanted fields."
    if absent:
        said += f" Not offered by this server to this user: {', '.join(absent)}."
    if told:
        return doubtful(f"{said} {' '.join(told)}", "Give the Odoo user these rights if you need them.")
    if not rows:
        return doubtful(said, "If there should be rows, look at the record rules and companies of the Odoo user.")
    return fine(said)


def _concerns(notice: Notice, entity: Entity) -> bool:
    models = [entity.model, *(watch.model for watch in entity.watches)]
    return any(f" {model} " in notice.message for model in models)
