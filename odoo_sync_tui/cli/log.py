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

_MAX_RECORD_LENGTH = 50_000
"""Most characters of one record: what a server sends must not fill the log, nor keep the patterns below busy."""
_MAX_MESSAGE_LENGTH = 4000

_LOGIN_PATTERN = re.compile(r"(//[^\s/:@]*):([^\s@]*)(@?)")
"""An address with user and password; matches without the ``@`` too, so that no character is looked at twice."""
_SECRET_PATTERNS = (
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
    """Send all log records of this process to ``path``: from INFO on of this package, from WARNING on of libraries.

    Of the HTTP library only errors: its warnings repeat what a server sends.
    """
    handler = _file_handler(path)
    log = Log(path if isinstance(handler, RotatingFileHandler) else None)
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    levels = {logging.getLogger("odoo_sync_tui"): logging.INFO, logging.getLogger("urllib3"): logging.ERROR}
    previous_levels = {logger: logger.level for logger in levels}
    for logger, level in levels.items():
        logger.setLevel(level)
    logging.raiseExceptions = False  # a full disk must not print tracebacks over the dashboard
    previous_hook = threading.excepthook
    threading.excepthook = _log_thread_crash
    try:
        yield log
    finally:
        threading.excepthook = previous_hook
        logging.raiseExceptions = True
        for logger, level in previous_levels.items():
            logger.setLevel(level)
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
    """One record on one line, a traceback indented below it: no text from outside can look like a record of ours."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        return sanitize(_mask_secrets(super().formatMessage(record)), _MAX_MESSAGE_LENGTH)

    def format(self, record: logging.LogRecord) -> str:
        lines = _mask_secrets(super().format(record)).splitlines()
        return "\n    ".join(sanitize(line, _MAX_MESSAGE_LENGTH) for line in lines)


def _mask_secrets(text: str) -> str:
    """Mask secrets in a text and cut it; first those that are known, because half of one would not be found."""
    text = redact(text)
    if len(text) > _MAX_RECORD_LENGTH:
        text = f"{text[:_MAX_RECORD_LENGTH].rsplit(maxsplit=1)[0]} …"  # the last word may be half of a secret
    text = _LOGIN_PATTERN.sub(_mask_login, text)
    for pattern, replacement in _SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _mask_login(match: re.Match[str]) -> str:
    address, password, at = match.groups()
    return f"{address}:{MASK}@" if password and at else match[0]


def _log_thread_crash(crash: threading.ExceptHookArgs) -> None:
    name = crash.thread.name if crash.thread else "?"
    _logger.error("Unexpected error in thread %s", name, exc_info=crash.exc_value)
