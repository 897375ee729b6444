"""Why a mongod ended, in words: from its exit state, its log and what it printed before it had one.

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

from odoo_sync_tui.store.embedded_home import Home

_TAIL_BYTES = 256 * 1024
_LONGEST_WORDS = 300
_STARTING = 4615611  # id of the first line of a new mongod
_RECEIVED_SIGNAL = 23377
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

_LIBRARY = (
    re.compile(r"error while loading shared libraries: ([^:\s]+)"),  # glibc's loader
    re.compile(r"Library not loaded: (\S+)"),  # macOS's loader
    re.compile(r"(version `\S+' not found)"),  # an older glibc or OpenSSL
)
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


def why_it_ended(state: int | None, home: Home) -> str:
    """The reason that a mongod ended, as a clause without a full stop.

    ``state`` is its exit code, or minus the signal that ended it; ``None`` when nobody collected it.
    """
    library = _missing_library(_tail(home.output))
    if library:
        return f"this system lacks a library that it needs ({library})"
    lines = list(_last_life(_tail(home.log)))
    complaints = [text for text in map(_complaint, lines) if text]
    for mark, cause in _CAUSES:
        if any(mark in text for text in complaints):
            return cause
    by_state = _state_words(state)
    stopped = next((_signal_name(line) for line in lines if line.get("id") == _RECEIVED_SIGNAL), "")
    if stopped and not (by_state and state and state < 0):
        return f"somebody stopped it ({stopped})"
    said = _clean(complaints[-1]) if complaints else _clean(_tail(home.output) if not lines else "")
    quoted = f'it said "{said}"' if said else ""
    return "; ".join(filter(None, (by_state, quoted))) or "it was killed: it left no word in its log"


def _state_words(state: int | None) -> str:
    if state is None or state == 0:
        return ""
    if state < 0:
        known = next((words for number, words in _SIGNALS.items() if number == -state), "")
        return known or f"it was ended by {_name(-state)}"
    return _CODES.get(state, f"it ended with exit code {state}")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _signal_name(line: Mapping[str, object]) -> str:
    attributes = line.get("attr")
    number = cast("Mapping[str, object]", attributes).get("signal") if isinstance(attributes, dict) else None
    return _name(number) if isinstance(number, int) else "a signal"


def _missing_library(output: str) -> str:
    found = next(filter(None, (pattern.search(output) for pattern in _LIBRARY)), None)
    return found[1] if found else ""


def _tail(path: Path) -> str:
    """The end of a file that may be of any length; empty when there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""  # what cannot be read has nothing to add; the message names the file


def _last_life(text: str) -> Iterator[Mapping[str, object]]:
    """The log lines since the last start of a mongod."""
    lines = [line for line in map(_parsed, text.splitlines()) if line]
    starts = [place for place, line in enumerate(lines) if line.get("id") == _STARTING]
    yield from lines[starts[-1] if starts else 0 :]


def _parsed(line: str) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}  # cut off by the tail, or not JSON
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _complaint(line: Mapping[str, object]) -> str:
    """What an error line says; empty for other lines and for the ornaments around an abort."""
    if line.get("s") not in {"E", "F"}:
        return ""
    words = [text for text in _texts(line.get("attr")) if text]
    return ": ".join([str(line.get("msg", "")).strip(), *words]) if words else ""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in cast("Mapping[str, object]", value).items():
            if name in {"error", "message", "reason", "msg", "error_str", "errmsg"}:
                yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _clean(text: str) -> str:
    line = " ".join(_CONTROL_CHARACTERS.sub(" ", text).split())
    return line if len(line) <= _LONGEST_WORDS else line[: _LONGEST_WORDS - 1] + "…"
