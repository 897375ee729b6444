import dns.resolver
import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
)
from pymongo.errors import (
    ConfigurationError as DriverConfigurationError,
)

from odoo_sync_tui.core.errors import ConfigurationError, StoreError, StoreUnavailable
from odoo_sync_tui.store.driver.connection_errors import address_error
from odoo_sync_tui.store.driver.errors import ErrorTranslator, server_address, shorten

TELLER = ErrorTranslator("MongoDB at db:27017")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (
            ServerSelectionTimeoutError(
                "db:27017: [Errno 111] Connection refused (configured timeouts: x), Timeout: 1s, y"
            ),
            StoreUnavailable,
            "did not answer while reading: db:27017: [Errno 111] Connection refused.",
        ),
        (AutoReconnect("connection closed"), StoreUnavailable, "connection closed"),
        (NetworkTimeout("timed out"), StoreUnavailable, "timed out"),
        (ExecutionTimeout("operation exceeded time limit", 50), StoreUnavailable, "exceeded time limit"),
        (NotPrimaryError("not primary"), StoreUnavailable, "not the primary"),
        (OperationFailure("shutdown", 11600), StoreUnavailable, "shutdown"),
        (
            BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": "waiting"}]}),
            StoreUnavailable,
            "did not confirm in time",
        ),
        (OperationFailure("Authentication failed.", 18), ConfigurationError, "user name or password"),
        (OperationFailure("not authorized on lake", 13), ConfigurationError, "lacks the right for reading"),
        (DriverConfigurationError("unknown option"), ConfigurationError, "unknown option"),
        (OperationFailure("disk full", 14031), StoreError, "no disk space left"),
        (OperationFailure("something new", 4711), StoreError, "refused, while reading: something new"),
    ],
)
def test_every_error_of_the_driver_is_told_in_words(error, kind, words):
    told = TELLER.translate(error, "reading")
    assert type(told) is kind
    assert words in str(told)


def test_only_passing_trouble_is_worth_another_try():
    assert TELLER.translate(AutoReconnect("x"), "reading").retryable
    assert not TELLER.translate(OperationFailure("x", 4711), "reading").retryable
    assert not TELLER.translate(OperationFailure("x", 13), "reading").retryable


def test_the_death_of_our_own_mongod_is_told_instead_of_its_silence():
    teller = ErrorTranslator(
        "The embedded MongoDB", lambda: "The embedded mongod died: out of memory; its log is /x/log."
    )
    told = str(teller.translate(AutoReconnect("connection closed"), "writing documents"))
    assert told.startswith("The embedded mongod died: out of memory; its log is /x/log, while writing documents.")


def test_a_write_that_the_server_refuses_is_told_by_its_code():
    assert isinstance(
        TELLER.translate_write_error({"code": 91, "errmsg": "shutting down"}, "writing"), StoreUnavailable
    )
    assert isinstance(
        TELLER.translate_write_error({"code": 13, "errmsg": "not authorized"}, "writing"), ConfigurationError
    )
    assert "odd" in str(TELLER.translate_write_error({"code": 4711, "errmsg": "odd"}, "writing"))


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("mongodb://localhost", "MongoDB at localhost"),
        ("mongodb://anna:s3cret@a:1,b:2/lake?replicaSet=x", "MongoDB at a:1,b:2"),
        ("mongodb+srv://anna:s3cret@cluster.example/", "MongoDB at cluster.example"),
        ("mongodb://anna:s3/cret@db/", "MongoDB"),
        ("s3cret", "MongoDB"),
    ],
)
def test_an_address_is_told_without_its_secrets(uri, told):
    assert server_address(uri) == told


def test_a_refused_address_with_a_password_is_never_quoted():
    error = ValueError("Port must be an integer between 0 and 65535: 's3'")
    assert "s3" not in str(address_error(error, "mongodb://anna:s3/cret@db/"))
    assert "Port must be" in str(address_error(error, "mongodb://db:s3/"))
    assert "s3" not in str(address_error(error, "mongodb://anna:s3"))
    assert server_address("mongodb://anna:s3cret") == "MongoDB"


def test_a_server_s_text_stays_on_one_line_and_short():
    assert shorten("a\r\n\x1b[31mb\x00") == "a [31mb"
    assert len(shorten("x" * 9999)) == 240


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (dns.resolver.NXDOMAIN(), ConfigurationError),
        (dns.resolver.NoAnswer, ConfigurationError),
        (dns.resolver.LifetimeTimeout(timeout=1, errors=[]), StoreUnavailable),
        (dns.resolver.NoNameservers(), StoreUnavailable),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_a_srv_address_says_why_it_cannot_be_looked_up(cause: Exception | type[Exception], kind: type[Exception]):
    error = DriverConfigurationError("the reason of the name service")
    error.__cause__ = cause if isinstance(cause, Exception) else cause.__new__(cause)
    told = address_error(error, "mongodb+srv://anna:s3cret@cluster.example/")
    assert type(told) is kind
    assert "the reason of the name service" in told.message
    assert "must look like" not in told.hint


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("certificate verify failed: certificate has expired (_ssl.c:1006)", "not valid today: db:1: [SSL"),
        ("certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)", "of an authority"),
        ("certificate verify failed: IP address mismatch, certificate is not valid for '1.2.3.4'.", "another name"),
    ],
)
def test_trouble_with_a_certificate_is_lasting_at_the_start_and_passing_later(reason: str, words: str):
    error = AutoReconnect(f"db:1: [SSL: CERTIFICATE_VERIFY_FAILED] {reason}")
    first = TELLER.translate_connect_error(error, "mongodb://db:1/?tls=true")
    assert isinstance(first, ConfigurationError)
    assert words in first.message
    assert "_ssl.c" not in first.message
    assert isinstance(TELLER.translate(error, "reading"), StoreUnavailable)
