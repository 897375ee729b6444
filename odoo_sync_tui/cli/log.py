"""Log file in the state directory: errors in full, for the person who repairs them. Never holds a secret.

Nothing that belongs here appears on the terminal: neither library warnings nor tracebacks.
"""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import cast

from odoo_sync_tui.core.text.redaction import MASK, redact
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.files import open_private, private_directory

_MAX_BYTES = 1_000_000
_OLD_FILES = 3

_SECRET_PATTERNS = (
    (re.compile(r"(//[^\s/:@]*):[^\s@]+@"), rf"\1:{MASK}@"),  # user and password of an address
    (re.compile(r"\b[0-9a-f]{40}\b"), MASK),  # an Odoo API key
    (re.compile(r"(?i)(password|api_?key|token|bearer)([^\w*]{1,4})[^\s,'\"]+"), rf"\1\2{MASK}"),
)

_logger = logging.getLogger(__name__)


class Log:
    """Log of this process. ``path`` is ``None`` when no file can be written."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def redact(self, text: str) -> str:
        """Mask the known secrets in a text, and everything that looks like a secret."""
        return _mask_secrets(text)

    def record_crash(self, error: BaseException) -> None:
        """Log an unexpected error with its traceback."""
        _logger.error("Unexpected error", exc_info=error)


@contextmanager
def open_log(path: Path) -> Generator[Log]:
    """Send all log records of this process to ``path``, at level INFO for this package and WARNING for libraries."""
    handler = _file_handler(path)
    log = Log(path if isinstance(handler, RotatingFileHandler) else None)
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    package_logger = logging.getLogger("odoo_sync_tui")
    level = package_logger.level
    package_logger.setLevel(logging.INFO)
    logging.raiseExceptions = False  # a full disk must not print tracebacks over the dashboard
    previous_hook = threading.excepthook
    threading.excepthook = _log_thread_crash
    try:
        yield log
    finally:
        threading.excepthook = previous_hook
        logging.raiseExceptions = True
        package_logger.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def _file_handler(path: Path) -> logging.Handler:
    try:
        private_directory(path.parent)
        return _PrivateFile(path, maxBytes=_MAX_BYTES, backupCount=_OLD_FILES, encoding="utf-8")
    except OSError:
        # Read-only home directories exist; the program works without a log, and the message of a crash mentions it.
        return logging.NullHandler()


class _PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner can read, from its first byte on."""

    def _open(self) -> io.TextIOWrapper:
        file = open(  # noqa: SIM115 - the handler keeps and closes it
            self.baseFilename, self.mode, encoding="utf-8", errors="backslashreplace", opener=open_private
        )
        return cast("io.TextIOWrapper", file)


class _Formatter(logging.Formatter):
    """One record, its further lines indented, so that text from outside cannot look like a record of ours."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        lines = _mask_secrets(super().format(record)).splitlines()
        return "\n    ".join(sanitize(line, 4000) for line in lines)


def _mask_secrets(text: str) -> str:
    text = redact(text)
    for pattern, replacement in _SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _log_thread_crash(crash: threading.ExceptHookArgs) -> None:
    name = crash.thread.name if crash.thread else "?"
    _logger.error("Unexpected error in thread %s", name, exc_info=crash.exc_value)
