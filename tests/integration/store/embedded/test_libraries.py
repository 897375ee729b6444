"""The embedded mongod runs on a system without libcurl and without OpenSSL 3."""

from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.store.embedded import libraries
from odoo_sync_tui.store.embedded.server import open_embedded


def test_a_mongod_runs_with_the_libraries_of_the_wheel(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    lacking = ["libcurl.so.4", "libcrypto.so.3", "libssl.so.3"]
    monkeypatch.setattr(libraries, "_find_missing_libraries", lambda binary: lacking)
    with open_embedded(data_dir) as mongo:
        with MongoClient(mongo.uri) as client:
            assert client.admin.command("ping")["ok"]
        mapped = [line.split()[-1] for line in Path(f"/proc/{mongo.pid}/maps").read_text().splitlines()]
    for name in ("libcurl", "libcrypto", "libssl"):
        files = {path for path in mapped if Path(path).name.startswith(name)}
        assert len(files) == 1
        assert "pycurl.libs" in files.pop()
