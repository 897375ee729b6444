"""A mongod of one's own in place of the package's, and data that a server cannot open: it never touches them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.store.embedded.binary import find_mongod
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.server import open_embedded


@pytest.fixture
def own_mongod(tmp_path: Path):
    """A mongod that says that it is of another version, and leaves a mark when it is started."""

    def make(version: str) -> Path:
        program = tmp_path / f"mongod-{version}"
        program.write_text(
            f'#!/bin/sh\nif [ "$1" = --version ]; then echo "db version v{version}"; exit 0; fi\n'
            f'touch "{program}.started"\nexec "{find_mongod()}" "$@"\n'
        )
        program.chmod(0o755)
        return program

    return make


def was_started(program: Path) -> bool:
    return program.with_name(f"{program.name}.started").exists()


def write_something(data_dir: Path) -> None:
    with open_embedded(data_dir) as mongo, MongoClient(mongo.uri) as client:
        client.lake.records.insert_one({"_id": 1})


def test_the_named_server_serves_and_what_it_opened_is_noted(data_dir: Path, own_mongod):
    program = own_mongod("7.0.14")
    write_something(data_dir)
    assert re.fullmatch(r"6\.0\.\d+ 6\.0\n", (data_dir / "data.version").read_text())
    with open_embedded(data_dir, program) as mongo, MongoClient(mongo.uri) as client:
        assert client.lake.records.count_documents({}) == 1
    assert was_started(program)
    with open_embedded(data_dir):
        pass


def test_a_server_that_cannot_open_the_data_is_not_started(data_dir: Path, own_mongod):
    note = data_dir / "data.version"
    write_something(data_dir)
    for noted, version, told in (
        ("7.0.14 7.0", "6.0.5", "Name a MongoDB 7.0 in mongo.mongod"),
        ("7.0.14 6.0", "6.0.5", "Name a MongoDB 7.0 in mongo.mongod"),
        ("6.0.5 6.0", "8.0.1", "Set mongo.mongod back"),
        (None, "5.0.31", "Name a MongoDB 6.0 in mongo.mongod"),
    ):
        program = own_mongod(version)
        if noted:
            note.write_text(noted)
        else:
            note.unlink()
        with pytest.raises(EmbeddedMongoError, match="MongoDB") as refused:
            open_embedded(data_dir, program)
        assert told in refused.value.hint, noted
        assert "store backup" in refused.value.hint, noted
        assert not was_started(program), noted


def test_data_without_a_note_are_opened_by_the_server_that_made_them(data_dir: Path):
    write_something(data_dir)
    (data_dir / "data.version").unlink()
    with open_embedded(data_dir) as mongo, MongoClient(mongo.uri) as client:
        assert client.lake.records.count_documents({}) == 1


def test_what_is_no_mongod_is_refused(data_dir: Path, tmp_path: Path):
    with pytest.raises(EmbeddedMongoError, match="which is no mongod") as refused:
        open_embedded(data_dir, tmp_path / "mongod")
    assert "/usr/bin/mongod" in refused.value.hint
