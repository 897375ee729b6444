"""Opening the store: what answers, what does not, and what the operator is told."""

import os
import signal
import socket
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable
from odoo_sync_tui.store.database import open_store
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.support.store import config


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_store_that_opens_tells_what_answers(mongo_uri: str, database_name: str):
    with open_store(config(mongo_uri, database_name)) as store:
        info = store.info
    assert (info.topology, info.database, info.embedded, info.primary) == ("replica set", database_name, False, True)
    assert info.version.startswith("6.0.")
    store.close()


def test_an_address_where_nobody_answers_is_told_with_what_to_do(closed_port: int, database_name: str):
    uri = f"mongodb://anna:s3cret@127.0.0.1:{closed_port}/"
    with pytest.raises(StoreUnavailable) as caught:
        open_store(config(uri, database_name, timeout_seconds=0.2))
    told = str(caught.value)
    assert told.startswith(f"MongoDB at 127.0.0.1:{closed_port} did not answer while connecting:")
    assert "Connection refused" in told
    assert "mongo.uri" in told
    assert "s3cret" not in told


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "mongodb://",
        "mongodb://anna:s3/cret@db/",
        "mongodb://anna:s3@cret@db/",
        "mongodb://db:x/",
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(uri: str, database_name: str):
    with pytest.raises(ConfigurationError, match=r"mongo\.uri") as caught:
        open_store(config(uri, database_name))
    assert "s3" not in str(caught.value)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 70])
def test_a_database_name_that_is_none_is_told(mongo_uri: str, name: str):
    with pytest.raises(ConfigurationError), open_store(config(mongo_uri, name)) as store:
        store.runs.list_latest(1)


def test_a_store_that_was_closed_says_so(mongo_uri: str, database_name: str):
    store = open_store(config(mongo_uri, database_name))
    store.close()
    with pytest.raises(Exception, match="while reading the lease"):
        store.leases.state("odoo")


def test_the_death_of_the_embedded_mongod_is_told_in_words(data_dir: Path):
    with open_store(config("embedded", "lake", data_dir=data_dir, timeout_seconds=2)) as store:
        assert (store.info.embedded, store.info.topology) == (True, "replica set")
        with open_embedded(data_dir) as joined:
            os.kill(joined.pid, signal.SIGKILL)
        with pytest.raises(StoreUnavailable, match=r"The embedded mongod died.*its log is.*Start this program again"):
            store.leases.state("odoo")
