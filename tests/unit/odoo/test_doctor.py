"""The looks at name, connection and certificate, against sockets of our own."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.errors import OdooSetupError, RunCancelled
from odoo_sync_tui.core.reports.diagnosis import CheckResult, Grade
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.doctor import check_key_expiry
from odoo_sync_tui.odoo.doctor_network import Deadline, NetworkChecks, check_certificate_expiry

CERTIFICATE = Path(__file__).parents[2] / "support" / "certificates" / "self_signed.pem"
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def config(url: str, *, verify_tls: bool = True, ca_file: Path | None = None) -> OdooConfig:
    return OdooConfig(url, "db", "user", SecretStr("key"), verify_tls=verify_tls, ca_file=ca_file)


def network(url: str, **settings: object) -> NetworkChecks:
    return NetworkChecks(lambda: config(url, **settings), Deadline())


@contextmanager
def listening(answer: Callable[[socket.socket], None] = lambda _: None) -> Iterator[int]:
    """A port that accepts one connection after the other and does ``answer`` with each."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.fixture
def secure_port() -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)

    def shake_hands(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)
        except OSError:
            return  # the client did not like the certificate

    with listening(shake_hands) as port:
        yield port


class TestName:
    def test_a_name_and_its_addresses(self):
        seen = network("http://localhost").check_name()
        assert seen.health is Grade.OK
        assert "127.0.0.1" in seen.message

    def test_an_unknown_name_has_to_be_set_right(self, monkeypatch: pytest.MonkeyPatch):
        def unknown(*_: object, **__: object):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        seen = network("http://odoo.example.invalid").check_name()
        assert (seen.health, seen.transient) == (Grade.FAIL, False)
        assert "odoo.example.invalid" in seen.message

    def test_a_name_service_that_is_silent_ends_with_the_deadline(self, monkeypatch: pytest.MonkeyPatch):
        gate = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: gate.wait())
        looks = NetworkChecks(lambda: config("http://odoo.example.invalid"), Deadline(seconds=0.05))
        with pytest.raises(RunCancelled, match="no answer"):
            looks.check_name()
        gate.set()

    def test_an_international_name_is_resolved_in_its_ascii_form_and_shown_as_typed(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        asked: list[str] = []

        def resolve(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
            asked.append(host)
            return [(0, 0, 0, "", ("192.0.2.7", 443))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        seen = network("https://müller-odoo.example").check_name()
        assert asked == ["xn--mller-odoo-9db.example"]
        assert seen.message == "müller-odoo.example is 192.0.2.7."

    def test_only_the_name_of_the_proxy_is_resolved_here(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://localhost:3128")
        assert "The proxy localhost is 127.0.0.1" in network("https://odoo.example.invalid").check_name().message


class TestConnection:
    def test_the_port_of_the_proxy_is_tried_and_its_setting_named(self, monkeypatch: pytest.MonkeyPatch):
        with listening() as port:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            looks = network("https://odoo.example.invalid")
            assert looks.check_connection().health is Grade.OK
        refused = looks.check_connection()
        assert f"The proxy 127.0.0.1 does not accept a connection on port {port}" in refused.message
        assert "HTTPS_PROXY" in refused.hint

    def test_an_open_and_a_closed_port(self):
        with listening() as port:
            looks = network(f"http://127.0.0.1:{port}")
            assert looks.check_connection().health is Grade.OK
        refused = looks.check_connection()
        assert (refused.health, refused.transient) == (Grade.FAIL, True)
        assert str(port) in refused.message


class TestCertificate:
    def look(self, port: int, **settings: object) -> CheckResult:
        return network(f"https://localhost:{port}", **settings).check_encryption()

    def test_a_trusted_one_tells_its_last_day(self, secure_port: int):
        seen = self.look(secure_port, ca_file=CERTIFICATE)
        assert seen.health is Grade.OK
        assert "2126-" in seen.message

    def test_a_certificate_that_is_not_trusted(self, secure_port: int):
        with pytest.raises(OdooSetupError, match="self-signed") as caught:
            self.look(secure_port)
        assert "odoo.ca_file" in caught.value.hint

    def test_a_certificate_that_is_not_checked_is_a_warning_trusted_or_not(self, secure_port: int):
        for trusted in (None, CERTIFICATE):
            seen = self.look(secure_port, verify_tls=False, ca_file=trusted)
            assert seen.health is Grade.WARN
            assert "verify_tls" in seen.message + seen.hint

    def test_a_port_without_tls(self):
        with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
            for verify_tls in (True, False):
                with pytest.raises(OdooSetupError, match="does not speak TLS") as caught:
                    self.look(port, verify_tls=verify_tls)
                assert "scheme" in caught.value.hint

    @pytest.mark.parametrize(("days", "health"), [(200, Grade.OK), (3, Grade.WARN)])
    def test_a_certificate_that_expires_soon_is_a_warning(self, days: int, health: Grade):
        seen = check_certificate_expiry(config("https://x"), NOW + timedelta(days=days, hours=1), NOW)
        assert seen.health is health
        assert f"{days} days" in seen.message

    def test_without_encryption_only_this_machine_is_fine(self):
        here, there = network("http://127.0.0.1"), network("http://192.0.2.1")
        for looks in (here, there):
            looks.check_name()
        assert here.check_encryption().health is Grade.SKIPPED
        assert there.check_encryption().health is Grade.WARN


class TestKey:
    def test_the_first_to_expire_counts(self):
        seen = check_key_expiry([None, NOW + timedelta(days=30, hours=1), NOW + timedelta(days=90)], NOW)
        assert seen.health is Grade.OK
        assert "2026-03-02, in 30 days" in seen.message
        assert "keys" in seen.message

    def test_soon_is_a_warning(self):
        assert check_key_expiry([NOW + timedelta(days=2)], NOW).health is Grade.WARN

    def test_never_is_fine(self):
        assert check_key_expiry([None], NOW).health is Grade.OK

    def test_a_certificate_that_has_expired_is_not_the_one_in_use(self):
        assert "does not expire" in check_key_expiry([NOW - timedelta(days=1), None], NOW).message


def test_a_deadline_begins_anew_with_every_look():
    at = [0.0]
    deadline = Deadline(10, clock=lambda: at[0])
    at[0] = 11
    assert deadline.is_requested
    with pytest.raises(RunCancelled):
        deadline.raise_if_requested()
    deadline.restart()
    deadline.raise_if_requested()
    assert deadline.seconds_left == 10
