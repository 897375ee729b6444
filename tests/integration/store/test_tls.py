"""The way to a real MongoDB over TLS: every fault of it has its own sentence, its own hint and the right exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable, SyncError
from odoo_sync_tui.store.database import open_store
from tests.support.mongods import standalone
from tests.support.store import config

CERTIFICATES = Path(__file__).parents[2] / "support" / "certificates"
AUTHORITY = f"tlsCAFile={CERTIFICATES / 'ca.pem'}"
SECONDS = 1.0


@contextmanager
def mongod_with(directory: Path, certificate: str, *options: str) -> Iterator[int]:
    key = ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(CERTIFICATES / certificate)]
    with standalone(directory, *key, "--tlsCAFile", str(CERTIFICATES / "ca.pem"), *options) as port:
        yield port


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    directory = tmp_path_factory.mktemp("tls") / "db"
    with mongod_with(directory, "server.pem", "--tlsAllowConnectionsWithoutCertificates") as port:
        yield port


def refusal(port: int, options: str, host: str = "localhost") -> SyncError:
    with pytest.raises(SyncError) as caught:
        open_store(config(f"mongodb://{host}:{port}/?{options}", "lake", timeout_seconds=SECONDS))
    assert "report" not in str(caught.value)
    return caught.value


def test_a_server_with_a_known_authority_is_used(tls_port: int):
    with open_store(config(f"mongodb://localhost:{tls_port}/?tls=true&{AUTHORITY}", "lake")) as store:
        assert store.info.version.startswith("6.")
        end = store.read_certificate_end()
        assert end is not None, "the driver's TLS context has another name by now"
        assert end.year > 2026


@pytest.mark.parametrize(
    ("options", "words", "hint"),
    [
        ("tls=true", "of an authority that this machine does not know", "tlsCAFile="),
        ("directConnection=true", "accepts connections with TLS only", "Add tls=true"),
        (f"tls=true&{AUTHORITY}&replicaSet=other", "no member of the replica set", "replicaSet="),
        ("tls=true&tlsCAFile=/nonexistent.pem", "(tlsCAFile=/nonexistent.pem)", "PEM"),
        ("tls=true&tlsCertificateKeyFile=/nonexistent.pem", "(tlsCertificateKeyFile=/nonexistent.pem)", "PEM"),
        (f"tls=true&tlsCAFile={__file__}", "no certificate or crl found", "PEM"),
    ],
)
def test_what_somebody_has_to_set_right_is_exit_code_2_and_says_what(
    tls_port: int, options: str, words: str, hint: str
):
    error = refusal(tls_port, options)
    assert isinstance(error, ConfigurationError)
    assert exit_codes.of_error(error) == 2
    assert words in error.message
    assert hint in error.hint


def test_a_certificate_for_another_name_is_said_to_be_one(tmp_path: Path):
    with mongod_with(tmp_path / "db", "elsewhere.pem", "--tlsAllowConnectionsWithoutCertificates") as port:
        error = refusal(port, f"tls=true&{AUTHORITY}")
        assert isinstance(error, ConfigurationError)
        assert "has a certificate for another name than mongo.uri has" in error.message
        assert "tlsCAFile" not in error.hint


def test_a_server_that_wants_a_certificate_of_the_client_says_so(tmp_path: Path):
    with mongod_with(tmp_path / "db", "server.pem") as port:
        assert "tlsCertificateKeyFile" in refusal(port, f"tls=true&{AUTHORITY}").hint


def test_a_server_without_tls_is_told_from_one_that_is_away(tmp_path: Path):
    with standalone(tmp_path / "db") as port:
        error = refusal(port, f"tls=true&{AUTHORITY}")
    assert isinstance(error, ConfigurationError)
    assert "does not speak TLS" in error.message
    assert isinstance(refusal(port, f"tls=true&{AUTHORITY}"), StoreUnavailable)


def test_a_name_that_is_not_known_is_worth_another_try_and_says_what_it_is(tls_port: int):
    error = refusal(tls_port, "", host="nowhere.invalid")
    assert exit_codes.of_error(error) == 3
    assert "is not known by this name" in error.message


def test_a_name_that_cannot_be_one_is_not_worth_another_try(tls_port: int):
    assert isinstance(refusal(tls_port, "", host="a..b"), ConfigurationError)
