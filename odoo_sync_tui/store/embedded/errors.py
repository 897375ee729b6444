"""Error of the embedded mongod.

Its own module, because the directory, the binary and the process all raise this error.
"""

from __future__ import annotations

import errno
from contextlib import AbstractContextManager
from pathlib import Path

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime import files

OWN_SERVER_HINT = (
    "give the address of a MongoDB server of yours: mongo.uri in the settings file, or ODOO_SYNC_MONGO__URI"
)

_HINTS = {
    errno.EACCES: "Give yourself the right to write there, or name another directory in mongo.data_dir.",
    errno.EPERM: "Give yourself the right to write there, or name another directory in mongo.data_dir.",
    errno.ENOSPC: "Free some space there, or name a directory on another disk in mongo.data_dir.",
    errno.EDQUOT: "Free some of your quota, or name a directory on another disk in mongo.data_dir.",
}
_OTHER_DIRECTORY_HINT = "Name another directory in mongo.data_dir."


class EmbeddedMongoError(ConfigurationError):
    """The embedded mongod cannot be started, joined or kept; with the reason and a hint."""

    kind = "embedded_mongo"


def translate_os_errors(directory: Path) -> AbstractContextManager[None]:
    """Translate the ``OSError`` of a file in ``directory``.

    Raises:
        EmbeddedMongoError: an ``OSError`` came up in the block.
    """
    message = f"The embedded MongoDB cannot use its data directory {directory}"
    return files.translate_os_errors(EmbeddedMongoError, message, _OTHER_DIRECTORY_HINT, _HINTS)
