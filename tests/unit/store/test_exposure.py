"""Which addresses of MongoDB let others read the login or answer in the server's place, and what doctor says of it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.reports.diagnosis import CheckResult, Grade
from odoo_sync_tui.store.config import Exposure, MongoConfig
from odoo_sync_tui.store.doctor import StoreDoctor


@pytest.mark.parametrize(
    ("uri", "exposure"),
    [
        ("mongodb://sync:secret@db.example", Exposure.NO_TLS),
        ("mongodb://sync:secret@db.example:27017/lake?replicaSet=rs0", Exposure.NO_TLS),
        ("mongodb://sync:secret@localhost,db.example", Exposure.NO_TLS),
        ("mongodb://sync:secret@[2001:db8::1]:27017", Exposure.NO_TLS),
        ("mongodb://sync:secret@db.example/?tls=false", Exposure.NO_TLS),
        ("mongodb+srv://sync:secret@db.example/?tls=false", Exposure.NO_TLS),
        ("mongodb://sync:secret@localhost.evil.example", Exposure.NO_TLS),
        ("mongodb://sync:secret@db.example/?tls=true", None),
        ("mongodb://sync:secret@db.example/?SSL=true", None),
        ("mongodb+srv://sync:secret@db.example/lake", None),
        ("mongodb://sync:secret@LOCALHOST:27017,127.0.0.1:27018,[::1]:27019", None),
        ("mongodb://sync:secret@%2Frun%2Fmongod.sock/lake", None),
        ("mongodb://db.example", None),
        ("db.example:27017", None),
        ("embedded", None),
        ("mongodb://sync:secret@db.example/?tls=true&tlsInsecure=true", Exposure.UNCHECKED),
        ("mongodb://db.example/?tls=true&tlsAllowInvalidCertificates=true", Exposure.UNCHECKED),
        ("mongodb+srv://db.example/?TLSALLOWINVALIDHOSTNAMES=true", Exposure.UNCHECKED),
        ("mongodb://db.example/?tls=true&tlsInsecure=false", None),
    ],
)
def test_an_address_is_known_to_be_unsafe(uri: str, exposure: Exposure | None) -> None:
    assert MongoConfig(SecretStr(uri)).exposure == exposure


def check_encryption(uri: str) -> CheckResult:
    steps = {step.name: step for step in StoreDoctor(lambda: MongoConfig(SecretStr(uri)), lambda: False).steps()}
    steps["mongodb.settings"].run()
    return steps["mongodb.tls"].run()


@pytest.mark.parametrize(
    ("uri", "words", "option"),
    [
        ("mongodb://sync:secret@db.example", "unencrypted", "tls=true"),
        ("mongodb://db.example/?tls=true&tlsInsecure=true", "not checked", "tlsInsecure"),
    ],
)
def test_doctor_warns_of_an_unsafe_address_and_names_the_option(uri: str, words: str, option: str) -> None:
    result = check_encryption(uri)
    assert result.health is Grade.WARN
    assert words in result.message
    assert option in result.hint
    assert "secret" not in result.message + result.hint


def test_doctor_does_not_warn_of_a_safe_address() -> None:
    assert check_encryption("mongodb://sync:secret@db.example/?tls=true").health is Grade.OK
