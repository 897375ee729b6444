"""Reason of a mongod's end: from its return code, its log and its output before the log opens.

Log lines are JSON (https://www.mongodb.com/docs/manual/reference/log-messages/), exit codes those of
https://www.mongodb.com/docs/manual/reference/exit-codes/.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from odoo_sync_tui.core.text.redaction import shorten
from odoo_sync_tui.store.embedded.directory import DataDirectory

_TAIL_BYTES = 256 * 1024
_MAX_TEXT_LENGTH = 300
_STARTING = 4615611  # id of the first line of a new mongod
_RECEIVED_SIGNAL = 23377
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

_LIBRARY = (
    re.compile(r"error while loading shared libraries: ([^:\s]+)"),  # glibc's loader
    re.compile(r"Library not loaded: (\S+)"),  # macOS's loader
    re.compile(r"(version `\S+' not found)"),  # an older glibc or OpenSSL
)
_LOADER_NOTE = re.compile(r"^.*: no version information available \(required by .*\n?", re.MULTILINE)  # it goes on
_CAUSES = (
    ("No space left on device", "the disk is full"),
    ("Disk quota exceeded", "the disk quota is used up"),
    ("Read-only file system", "its file system is read-only"),
    ("Too many open files", "it may not open enough files (see ulimit -n)"),
    ("UPGRADE PROBLEM", "its files were written by another version of MongoDB"),
    ("unsupported WiredTiger file version", "its files were written by another version of MongoDB"),
    ("Cannot allocate memory", "there is not enough memory"),
    ("Permission denied", "it may not use one of its files"),
)
_SIGNALS = {
    signal.SIGKILL: "it was killed (SIGKILL), by hand or by the system for lack of memory",
    signal.SIGILL: "this processor lacks instructions that it needs (AVX)",
}
_CODES = {
    2: "it did not accept its options",
    62: "its files were written by another version of MongoDB",
}


def exit_reason(return_code: int | None, directory: DataDirectory) -> str:
    """Describe why a mongod ended, as a clause without a full stop.

    ``return_code`` is its exit code, or minus the signal that ended it; ``None`` when the code was not collected.
    """
    output = _LOADER_NOTE.sub("", _tail(directory.output))
    library = _missing_library(output)
    if library:
        return f"this system lacks a library that it needs ({library})"
    lines = list(_lines_since_start(_tail(directory.log)))
    error_texts = [text for text in map(_error_text, lines) if text]
    for mark, cause in _CAUSES:
        if any(mark in text for text in error_texts):
            return cause
    by_code = _describe_return_code(return_code)
    signal_name = next((_received_signal(line) for line in lines if line.get("id") == _RECEIVED_SIGNAL), "")
    if signal_name and not (by_code and return_code and return_code < 0):
        return f"somebody stopped it ({signal_name})"
    text = _clean(error_texts[-1]) if error_texts else _clean("" if lines else output)
    quoted = f'it said "{text}"' if text else ""
    return "; ".join(filter(None, (by_code, quoted))) or "it was killed: it left no word in its log"


def _describe_return_code(code: int | None) -> str:
    if code is None or code == 0:
        return ""
    if code < 0:
        cause = next((text for number, text in _SIGNALS.items() if number == -code), "")
        return cause or f"it was ended by {_name_of_signal(-code)}"
    return _CODES.get(code, f"it ended with exit code {code}")


def _name_of_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _received_signal(line: Mapping[str, object]) -> str:
    attributes = line.get("attr")
    number = cast("Mapping[str, object]", attributes).get("signal") if isinstance(attributes, dict) else None
    return _name_of_signal(number) if isinstance(number, int) else "a signal"


def _missing_library(output: str) -> str:
    found = next(filter(None, (pattern.search(output) for pattern in _LIBRARY)), None)
    return found[1] if found else ""


def _tail(path: Path) -> str:
    """Read the end of a file of any length; empty when the file cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""  # the message names the file


def _lines_since_start(text: str) -> Iterator[Mapping[str, object]]:
    """Yield the log lines since the last start of a mongod."""
    lines = [line for line in map(_parse_line, text.splitlines()) if line]
    starts = [index for index, line in enumerate(lines) if line.get("id") == _STARTING]
    yield from lines[starts[-1] if starts else 0 :]


def _parse_line(line: str) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}  # cut off by the tail, or not JSON
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _error_text(line: Mapping[str, object]) -> str:
    """Return the text of an error line; empty for other lines and for the decoration around an abort."""
    if line.get("s") not in {"E", "F"}:
        return ""
    texts = [text for text in _texts(line.get("attr")) if text]
    return ": ".join([str(line.get("msg", "")).strip(), *texts]) if texts else ""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in cast("Mapping[str, object]", value).items():
            if name in {"error", "message", "reason", "msg", "error_str", "errmsg"}:
                yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _clean(text: str) -> str:
    return shorten(" ".join(_CONTROL_CHARACTERS.sub(" ", text).split()), _MAX_TEXT_LENGTH)
