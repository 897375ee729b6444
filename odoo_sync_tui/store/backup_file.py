"""File of a backup: a ZIP archive with the BSON documents of each collection, as they are in MongoDB.

Other programs can read it: a member is what ``mongodump`` writes of a collection. The last member says what there is,
with a checksum for each collection, so that a file that was cut off or changed is found out before it is restored.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

from bson.errors import BSONError
from bson.json_util import CANONICAL_JSON_OPTIONS, dumps, loads

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_mappings, as_text
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.core.version import __version__
from odoo_sync_tui.runtime.files import translate_os_errors

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 16 * 1024**2
MIN_DOCUMENT_BYTES, MAX_DOCUMENT_BYTES = 5, 17 * 1024**2
BATCH_BYTES = 4 * 1024**2
COMPRESSION_LEVEL = 1

OnCopied = Callable[[str, int], None]
"""Called between two batches with a collection and the number of its documents so far; may raise, to end the work."""


class BackupError(ConfigurationError):
    """A file is no backup, or is not whole."""

    kind = "backup"


@dataclass(frozen=True, slots=True)
class CollectionCopy:
    """A collection in a backup: its documents by number and checksum, its options and indexes as MongoDB has them."""

    name: str
    documents: int
    size: int
    sha256: str
    options: Mapping[str, Any]
    indexes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and of which database it is."""

    created_at: str
    database: str
    server: str
    collections: tuple[CollectionCopy, ...]

    @property
    def documents(self) -> int:
        """Number of all documents."""
        return sum(each.documents for each in self.collections)


class BackupWriter:
    """Writer of a backup to an open file, a context manager; memory does not grow with what is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL)
        self._collections: list[CollectionCopy] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def add(
        self,
        name: str,
        options: Mapping[str, Any],
        indexes: Sequence[Mapping[str, Any]],
        batches: Iterable[bytes],
        on_copied: OnCopied,
    ) -> None:
        """Write a collection; each batch is a row of BSON documents."""
        digest, documents, size = hashlib.sha256(), 0, 0
        with self._archive.open(_member(name), "w", force_zip64=True) as member:
            for batch in batches:
                member.write(batch)
                digest.update(batch)
                documents, size = documents + _count(batch), size + len(batch)
                on_copied(name, documents)
        self._collections.append(CollectionCopy(name, documents, size, digest.hexdigest(), options, indexes))

    def finish(self, database: str, server: str) -> Manifest:
        """Write what there is."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(moment, database, server, tuple(self._collections))
        content = {"format": FORMAT, "program": f"odoo-sync-tui {__version__}", **asdict(manifest)}
        self._archive.writestr(MANIFEST, dumps(content, json_options=CANONICAL_JSON_OPTIONS))
        return manifest


class BackupReader:
    """Reader of a backup; a context manager.

    Raises:
        BackupError: the file cannot be read, or is no backup; also of every method.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._translated():
            self._archive = zipfile.ZipFile(path)
            self.manifest = self._read_manifest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def verify(self, on_copied: OnCopied) -> None:
        """Read all documents, and compare their checksums and numbers with what the backup says."""
        for copy in self.manifest.collections:
            digest, documents = hashlib.sha256(), 0
            for batch in self.batches(copy):
                for document in batch:
                    digest.update(document)
                documents += len(batch)
                on_copied(copy.name, documents)
            if (documents, digest.hexdigest()) != (copy.documents, copy.sha256):
                raise self._error(f"the documents of {sanitize(copy.name, 60)} are not those that were written")

    def batches(self, copy: CollectionCopy) -> Iterator[list[bytes]]:
        """Yield the documents of a collection, some at a time."""
        with self._translated(), self._archive.open(_member(copy.name)) as member:
            batch: list[bytes] = []
            size = 0
            while head := member.read(4):
                length = int.from_bytes(head, "little")
                document = head + member.read(length - 4) if _is_length(length) else b""
                if len(document) != length or document[-1:] != b"\0":
                    raise self._error(f"a document of {sanitize(copy.name, 60)} is not whole")
                batch.append(document)
                size += length
                if size >= BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
            if batch:
                yield batch

    def _read_manifest(self) -> Manifest:
        if self._archive.getinfo(MANIFEST).file_size > MAX_MANIFEST_BYTES:
            raise self._error("its description is too large")
        content = as_mapping(loads(self._archive.read(MANIFEST), json_options=CANONICAL_JSON_OPTIONS))
        if content.get("format") != FORMAT:
            raise self._error("it is of another version of this program")
        created_at, database, server = (
            as_text(content.get(name)) or "" for name in ("created_at", "database", "server")
        )
        return Manifest(created_at, database, server, tuple(map(_parse_copy, as_mappings(content.get("collections")))))

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            with translate_os_errors(BackupError, f"{self._path} cannot be read", "Name a backup that is there."):
                yield
        except (zipfile.BadZipFile, EOFError, KeyError, ValueError, BSONError, NotImplementedError) as error:
            raise self._error(sanitize(error, 200)) from error

    def _error(self, reason: str) -> BackupError:
        return BackupError(
            f"{self._path} is no whole backup: {reason}.",
            "Nothing was changed. Take another copy of it, or another one.",
        )


def _member(name: str) -> str:
    return f"{quote(name, safe='')}.bson"


def _is_length(length: int) -> bool:
    return MIN_DOCUMENT_BYTES <= length <= MAX_DOCUMENT_BYTES


def _count(batch: bytes) -> int:
    """Count the documents of a batch, each of which begins with its length."""
    place = number = 0
    while place < len(batch):
        place += int.from_bytes(batch[place : place + 4], "little")
        number += 1
    return number


def _parse_copy(content: Mapping[str, Any]) -> CollectionCopy:
    return CollectionCopy(
        as_text(content.get("name")) or "",
        as_int(content.get("documents")),
        as_int(content.get("size")),
        as_text(content.get("sha256")) or "",
        as_mapping(content.get("options")),
        tuple(as_mappings(content.get("indexes"))),
    )
