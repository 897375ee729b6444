"""Each fault of a server's certificate has its own words, and the file of authorities replaces the system's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.errors import OdooSetupError
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.transport.http import make_call_context, open_odoo_session
from odoo_sync_tui.runtime.http.session import make_tls_context
from tests.support.forward_proxy import AUTHORITY, CERTIFICATES, serving, speak_tls
from tests.unit.odoo.transport.conftest import KEY, Canned

SELF_SIGNED = CERTIFICATES / "self_signed.pem"


@contextmanager
def speaking(certificate: str) -> Iterator[str]:
    server = Canned()
    server.say("/web/version", {"version": "19.0"})
    speak_tls(server, certificate)
    with serving(server):
        yield server.url.replace("http://127.0.0.1", "https://localhost")


def config_of(url: str, ca_file: Path | None) -> OdooConfig:
    return OdooConfig(url, "acme", "bot", SecretStr(KEY), ca_file=ca_file, timeout_seconds=10)


def status_of(config: OdooConfig) -> int:
    session = open_odoo_session(config)
    try:
        with translate_errors(make_call_context(config)):
            return session.get("/web/version").status
    finally:
        session.close()


@pytest.mark.parametrize(("certificate", "ca_file"), [("trusted", AUTHORITY), ("self_signed", SELF_SIGNED)])
def test_a_certificate_of_the_file_is_trusted(certificate: str, ca_file: Path) -> None:
    with speaking(certificate) as url:
        assert status_of(config_of(url, ca_file)) == 200


@pytest.mark.parametrize(
    ("certificate", "ca_file", "fault", "hint"),
    [
        ("expired", AUTHORITY, "has expired", "renewed"),
        ("not_yet_valid", AUTHORITY, "is not valid yet", "clock of this machine"),
        ("other_name", AUTHORITY, "is for another name", "odoo.url"),
        ("trusted", None, "is signed by an authority that is not known here", "odoo.ca_file"),
        ("self_signed", None, "is self-signed", "odoo.ca_file"),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_words(
    certificate: str, ca_file: Path | None, fault: str, hint: str
) -> None:
    with speaking(certificate) as url, pytest.raises(OdooSetupError) as caught:
        status_of(config_of(url, ca_file))
    assert caught.value.message == f"The TLS certificate of {url} {fault}."
    assert hint in caught.value.hint


def test_the_file_of_authorities_replaces_those_of_the_system() -> None:
    context = make_tls_context(config_of("https://odoo.example", AUTHORITY))
    assert [ssl.DER_cert_to_PEM_cert(each) for each in context.get_ca_certs(binary_form=True)] == [
        AUTHORITY.read_text()
    ]
