"""Checks of the way to an Odoo server, from its host name to the rights on each field.

Each step makes the smallest possible calls and takes ten seconds at most: an operator with a broken system does not
want to wait for the time limits of a run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooSetupError,
)
from odoo_sync_tui.core.reports.diagnosis import CheckResult, Step, failure, ok, skipped, warning
from odoo_sync_tui.core.reports.health import EXPIRY_WARNING
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.run import OdooSource
from odoo_sync_tui.odoo.calls.throttle import HostGate
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.connector import OdooConnector, ReadProfile, ServerInfo
from odoo_sync_tui.odoo.doctor_network import Deadline, NetworkChecks
from odoo_sync_tui.odoo.errors.faults import unknown_database_error
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.expiry import read_key_expiries
from odoo_sync_tui.odoo.transport.http import Call, find_proxy, make_call_context, open_odoo_session
from odoo_sync_tui.odoo.transport.negotiate import ServerVersion, choose_protocol, probe_version

MAX_CALL_SECONDS = 8.0
"""Longest time of one call; less than the time of a check, so that a server without answers is reported as such."""
MIN_VERSION_WITH_HAS_ACCESS = 20
"""First version checked by ``has_access``, which replaced ``check_access_rights`` in 18; 19 still answers both."""


class OdooDoctor:
    """Checks of one server. Use once, then :meth:`close`.

    Args:
        load_config: returns the configuration, or raises ConfigurationError.
        entities: the entities whose rights are checked.
        make_host_gate: makes the gate of the host's calls that other processes share; called once the server is known.
    """

    def __init__(
        self,
        load_config: Callable[[], OdooConfig],
        entities: Sequence[Entity],
        make_host_gate: Callable[[], HostGate | None] = lambda: None,
    ) -> None:
        self._load_config = load_config
        self._entities = entities
        self._make_host_gate = make_host_gate
        self._deadline = Deadline()
        self._loaded_config: OdooConfig | None = None
        self._version: ServerVersion | None = None
        self._connector: _DoctorConnector | None = None
        self._server: ServerInfo | None = None
        self._login_error: OdooError | None = None
        self.clock_offset: float | None = None
        """Seconds by which the server's clock is ahead of ours; ``None`` while unknown."""

    def steps(self) -> list[Step]:
        """List all steps, in their order."""
        network = NetworkChecks(lambda: self._config, self._deadline)
        return [
            Step("odoo.settings", self._check_settings, required=True),
            Step("odoo.dns", self._with_deadline(network.check_name), required=True),
            Step("odoo.tcp", self._with_deadline(network.check_connection), required=True),
            Step("odoo.tls", self._with_deadline(network.check_encryption), required=True),
            Step("odoo.version", self._with_deadline(self._check_version), required=True),
            Step("odoo.protocol", self._check_protocol, required=True),
            Step("odoo.database", self._with_deadline(self._check_database), required=True),
            Step("odoo.login", self._check_login, required=True),
            Step("odoo.key", self._with_deadline(self._check_key)),
            Step("odoo.write", self._with_deadline(self._check_write_rights)),
            *(
                Step(f"odoo.rights.{entity.id}", self._with_deadline(self._make_rights_check(entity)))
                for entity in self._entities
            ),
        ]

    def read_source(self) -> OdooSource | None:
        """Read which Odoo this is; ``None`` where nobody could log in."""
        if self._connector is None or self._server is None:
            return None
        self._deadline.restart()
        return self._connector.read_source()

    def close(self) -> None:
        """Close the connection. May be called any number of times."""
        if self._connector is not None:
            self._connector.disconnect()

    # ------------------------------------------------------------------------------------------ connection and login

    @property
    def _config(self) -> OdooConfig:
        if self._loaded_config is None:
            raise OdooSetupError("The settings of Odoo are not known.")
        return self._loaded_config

    def _with_deadline(self, check: Callable[[], CheckResult]) -> Callable[[], CheckResult]:
        def check_with_deadline() -> CheckResult:
            self._deadline.restart()
            return check()

        return check_with_deadline

    def _check_settings(self) -> CheckResult:
        config = self._load_config()
        seconds = min(config.timeout_seconds, MAX_CALL_SECONDS)
        self._loaded_config = replace(config, timeout_seconds=seconds, retry_seconds=0.0)
        proxy = find_proxy(config)
        way = f", through the proxy {proxy}" if proxy else ""
        return ok(f"{config.url}, database {config.database}, as {config.username}{way}.")

    def _check_version(self) -> CheckResult:
        context, gate = make_call_context(self._config), self._make_host_gate()
        before, began = datetime.now(UTC), time.monotonic()

        @contextmanager
        def timed_slot() -> Generator[None]:
            """Time the last request alone, without the wait for a slot."""
            nonlocal before, began
            with gate.slot(self._deadline) if gate else nullcontext():
                before, began = datetime.now(UTC), time.monotonic()
                yield

        with translate_errors(context):
            session = open_odoo_session(self._config)
            try:
                self._version = probe_version(session, context, timed_slot)
                duration = time.monotonic() - began
            finally:
                session.close()
                if gate:
                    gate.close()
        if session.server_time is not None:  # in whole seconds, at some time between request and response
            self.clock_offset = (session.server_time - before).total_seconds() + (0.5 - duration / 2)
        return ok(f"Odoo {self._version.text}, answered in {duration * 1000:.0f} ms.")

    def _check_protocol(self) -> CheckResult:
        if self._version is None:
            return skipped("The version is not known.")
        protocol = choose_protocol(self._config, self._version)
        why = "as odoo.protocol says" if self._config.protocol is not Protocol.AUTO else "chosen by version and key"
        if protocol is Protocol.XMLRPC:
            return warning(f"XML-RPC, {why}: the slowest, and some text it cannot carry.", "Set odoo.protocol to auto.")
        return ok(f"{_TITLES[protocol]}, {why}.")

    def _check_database(self) -> CheckResult:
        """Connect. Odoo opens the database before it checks the login, so a refused login proves the database."""
        connector = self._connector = _DoctorConnector(self._config, self._deadline, host_gate=self._make_host_gate())
        try:
            self._server = connector.connect()
        except OdooSetupError as error:
            if error.message == unknown_database_error(make_call_context(self._config)).message:
                raise
            self._login_error = error
        return ok(f"{self._config.database} can be opened.")

    def _check_login(self) -> CheckResult:
        if self._login_error is not None:
            raise self._login_error
        server, connector = self._server, self._connector
        if server is None or connector is None:
            return skipped("There is no connection.")
        companies = f"{len(server.company_ids)} companies" if len(server.company_ids) != 1 else "1 company"
        summary = f"{self._config.username} is let in (user id {server.user_id}, {companies}, {server.protocol})."
        if warnings := connector.warnings:
            return warning(f"{summary} {warnings[0].message}", warnings[0].hint)
        return ok(summary)

    # ------------------------------------------------------------------------------------------------ the rights

    def _require_connector(self) -> _DoctorConnector:
        if self._connector is None:
            raise OdooSetupError("There is no connection to Odoo.", "Connect first.")
        return self._connector

    def _check_key(self) -> CheckResult:
        if not self._config.has_api_key:
            return warning(
                "odoo.api_key holds a password, not an API key.",
                "Make an API key in Odoo (preferences of the user, account security): it can be revoked alone, "
                "and JSON-2 needs one.",
            )
        expiries = self._require_connector().read_key_expiries()
        if expiries is None:
            return skipped("This server does not tell when the key expires.")
        return check_key_expiry(expiries, datetime.now(UTC))

    def _check_write_rights(self) -> CheckResult:
        models = dict.fromkeys(entity.model for entity in self._entities)
        rights = {model: self._require_connector().can_write(model) for model in models}
        writable = [model for model, can_write in rights.items() if can_write]
        if writable:
            return warning(
                f"The Odoo user may also change {', '.join(writable)}. The sync only reads.",
                "Use a user of its own with read rights only: then a lost key can do no harm.",
            )
        if any(can_write is None for can_write in rights.values()):
            return skipped("This server does not tell what the user may write.")
        return ok("The Odoo user may not change any of the models that are synced.")

    def _make_rights_check(self, entity: Entity) -> Callable[[], CheckResult]:
        def check() -> CheckResult:
            connector = self._require_connector()
            try:
                resolved = connector.models.resolve(entity, None)
                basis = connector.prepare(resolved)
                rows = connector.summarize(resolved).count  # tries the dependent models too
            except OdooMissingModelError as error:
                return warning(error.message, error.hint)
            except OdooAccessError as error:
                return failure(error.message, error.hint)
            return _check_fields(resolved, basis, rows, connector.warnings)

        return check


_TITLES = {Protocol.JSON2: "JSON-2", Protocol.JSONRPC: "JSON-RPC", Protocol.XMLRPC: "XML-RPC"}


class _DoctorConnector(OdooConnector):
    """Connector with further calls for the checks alone."""

    def read_key_expiries(self) -> Sequence[datetime | None] | None:
        """Read when each API key of the user expires (``None``: never); ``None`` when the server does not show it."""
        return self._run_in_pool(partial(read_key_expiries, self._require_connection()))

    def can_write(self, model: str) -> bool | None:
        """Check whether the user may change records of the model; ``None`` when the server does not answer that."""
        connection = self._require_connection()
        if connection.version.major < MIN_VERSION_WITH_HAS_ACCESS:
            call = Call(model, "check_access_rights", options={"operation": "write", "raise_exception": False})
        else:
            call = Call(model, "has_access", ids=[], options={"operation": "write"})
        try:
            answer = self._run_in_pool(lambda: connection.client.call(call, connection.cancel))
        except (OdooMissingModelError, OdooAccessError):
            return False
        except OdooContractError:
            return None
        return answer if isinstance(answer, bool) else None


def check_key_expiry(expiries: Sequence[datetime | None], now: datetime) -> CheckResult:
    """Check the expiry times of API keys (``None``: never)."""
    dates = sorted(each for each in expiries if each is not None and each > now)
    if not dates:
        return ok("The API key does not expire.")
    days = (dates[0] - now).days
    several = "The first of the user's API keys" if len(expiries) > 1 else "The API key"
    summary = f"{several} expires on {dates[0]:%Y-%m-%d}, in {days} days."
    if days < EXPIRY_WARNING.days:
        return warning(summary, "Make a new one in Odoo in time and set odoo.api_key to it.")
    return ok(summary)


def _check_fields(entity: Entity, basis: ReadProfile, rows: int, notices: Sequence[Notice]) -> CheckResult:
    """Check the fields of an entity.

    A field may be absent because this version lacks it, which is normal, or because the user may not read it.
    """
    messages = [notice.message for notice in notices if _is_about(notice, entity)]
    absent = [name for name in basis.missing_fields if not any(f" {name} of " in message for message in messages)]
    wanted = len(entity.fields)
    summary = f"{entity.model}: {rows} rows, {wanted - len(basis.missing_fields)} of {wanted} wanted fields."
    if absent:
        summary += f" Not offered by this server to this user: {', '.join(absent)}."
    if messages:
        return warning(f"{summary} {' '.join(messages)}", "Give the Odoo user these rights if you need them.")
    if not rows:
        return warning(summary, "If there should be rows, look at the record rules and companies of the Odoo user.")
    return ok(summary)


def _is_about(notice: Notice, entity: Entity) -> bool:
    models = [entity.model, *(watch.model for watch in entity.dependent_models)]
    return any(f" {model} " in notice.message for model in models)
