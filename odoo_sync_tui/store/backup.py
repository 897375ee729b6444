"""Copies of the whole store: its collections with their options and indexes, document for document as they are.

While one is restored, a document of its own says so: nothing is synced into a store that is half there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any, cast

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession

from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.core.text.coerce import as_text
from odoo_sync_tui.store.backup_file import BackupReader, BackupWriter, CollectionCopy, OnCopied
from odoo_sync_tui.store.change_log.consumers import COLLECTION as CONSUMERS
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.indexes import INDEXES
from odoo_sync_tui.store.runs.leases import COLLECTION as LEASES

MARKER = "sync_restore"
"""Collection of the document that is there while a store is restored."""
PASSING = frozenset({LEASES, MARKER, "sync_doctor"})
"""Collections that are not copied: they are about who is at work now."""
READ_AT_ONCE = frozenset({"integrations", "audit_log", "sync_runs", "sync_quarantine", "sync_change_log", CONSUMERS})
"""Collections that are read as of one moment; the others are written under the lease alone."""
BATCH_DOCUMENTS = 2_000
"""Documents that are in memory at a time; of its own accord the server sends 16 MB."""

RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


class Backups(Repository):
    """Copies of the store to files, and from them."""

    @translate_driver_errors("copying the store")
    def copy_to(self, writer: BackupWriter, on_copied: OnCopied, *, has_snapshots: bool) -> None:
        """Write all collections. ``has_snapshots``: the server can be read as of one moment; a standalone cannot."""
        infos = {info["name"]: info for info in self._list_collections()}
        at_once = sorted(READ_AT_ONCE & infos.keys())
        with self._start_snapshot() if has_snapshots else nullcontext() as session:
            for name in at_once:
                self._copy(infos[name], writer, on_copied, session)
        for name in sorted(infos.keys() - READ_AT_ONCE):
            self._copy(infos[name], writer, on_copied, None)

    @translate_driver_errors("looking what there is")
    def find_filled(self) -> dict[str, int]:
        """Count the documents of all collections that have any, but for who is at work."""
        names = [info["name"] for info in self._list_collections()]
        counts = {name: self._database[name].estimated_document_count() for name in names}
        return {name: count for name, count in sorted(counts.items()) if count}

    @translate_driver_errors("reading whether a restore was cut off")
    def find_unfinished(self) -> str | None:
        """Return the file of a restore that did not come to its end; ``None``: there is none."""
        marker = self._database[MARKER].find_one({"_id": MARKER})
        return (as_text(marker.get("file")) or "a backup") if marker else None

    @translate_driver_errors("restoring the store")
    def load(self, reader: BackupReader, file: str, moment: datetime, on_copied: OnCopied) -> None:
        """Put the collections of a backup in place of those that are there; others of our own are removed.

        Raises:
            StoreError: a collection has another number of documents than the backup.
        """
        self._database[MARKER].replace_one({"_id": MARKER}, {"file": file, "started_at": moment}, upsert=True)
        for name in {index.collection for index in INDEXES} - PASSING:
            self._database.drop_collection(name)
        for copy in reader.manifest.collections:
            self._load(reader, copy, on_copied)
        self._database.drop_collection(MARKER)

    def _list_collections(self) -> Iterator[Mapping[str, Any]]:
        for info in self._database.list_collections(filter={"type": "collection"}):
            if info["name"] not in PASSING and not info["name"].startswith("system."):
                yield info

    def _start_snapshot(self) -> ClientSession:
        return self._database.client.start_session(snapshot=True)

    def _copy(
        self, info: Mapping[str, Any], writer: BackupWriter, on_copied: OnCopied, session: ClientSession | None
    ) -> None:
        collection = self._database.get_collection(info["name"], codec_options=RAW)
        indexes = [dict(each) for each in self._database[info["name"]].list_indexes() if each["name"] != "_id_"]
        # What the driver declares of it is its documents; it yields the bytes of some.
        batches = cast("Iterator[bytes]", collection.find_raw_batches({}, batch_size=BATCH_DOCUMENTS, session=session))
        writer.add(info["name"], info.get("options", {}), indexes, batches, on_copied)

    def _load(self, reader: BackupReader, copy: CollectionCopy, on_copied: OnCopied) -> None:
        database, collection = self._database, self._database.get_collection(copy.name, codec_options=RAW)
        database.drop_collection(copy.name)
        database.command({"create": copy.name, **copy.options})
        if copy.indexes:
            indexes: list[Fields] = [
                {key: value for key, value in each.items() if key != "ns"} for each in copy.indexes
            ]
            database.command({"createIndexes": copy.name, "indexes": indexes})
        restored = 0
        for batch in reader.batches(copy):
            documents = [RawBSONDocument(each) for each in batch]
            collection.insert_many(documents, ordered=False, bypass_document_validation=True)
            restored += len(documents)
            on_copied(copy.name, restored)
        found = collection.count_documents({})
        if found != copy.documents:
            raise StoreError(
                f"{copy.name} has {found} documents, and the backup {copy.documents}: somebody else writes there.",
                "See to it that no other program uses this database, and restore again with --replace.",
            )
