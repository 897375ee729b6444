"""The reason of a mongod's end, as operators read it."""

import json
import signal

import pytest

from odoo_sync_tui.store.embedded.directory import DataDirectory
from odoo_sync_tui.store.embedded.log import exit_reason

START = {"s": "I", "id": 4615611, "msg": "MongoDB starting"}


@pytest.fixture
def home(tmp_path):
    return DataDirectory(tmp_path)


def logged(home, *lines):
    home.log.write_text("".join(json.dumps(line) + "\n" for line in lines))


def fatal(text, **attributes):
    return {"s": "F", "id": 1, "msg": text, "attr": attributes}


def test_a_full_disk_is_named_before_anything_else(home):
    logged(
        home,
        START,
        {
            "s": "E",
            "id": 22435,
            "msg": "WiredTiger error",
            "attr": {"error": 28, "message": {"error_str": "No space left on device"}},
        },
        fatal("Fatal assertion", msgid=50853, error="WT_PANIC"),
        fatal("\n\n***aborting after fassert() failure\n\n"),
    )
    assert exit_reason(-signal.SIGABRT, home) == "the disk is full"


def test_the_last_complaint_is_quoted_with_the_signal(home):
    logged(
        home,
        START,
        fatal("Fatal assertion", error="BadValue: first"),
        fatal("Fatal assertion", error="BadValue: last"),
        fatal("\n\n***aborting\n\n"),
    )
    assert exit_reason(-signal.SIGABRT, home) == 'it was ended by SIGABRT; it said "Fatal assertion: BadValue: last"'


def test_complaints_of_earlier_lives_do_not_count(home):
    logged(home, START, fatal("Old", error="No space left on device"), START)
    assert exit_reason(-signal.SIGKILL, home).startswith("it was killed (SIGKILL)")


def test_who_was_not_its_parent_learns_of_a_silent_end(home):
    logged(home, START)
    assert exit_reason(None, home) == "it was killed: it left no word in its log"


def test_a_stop_by_signal_is_not_called_a_failure(home):
    logged(
        home, START, {"s": "I", "id": 23377, "msg": "Received signal", "attr": {"signal": 15, "error": "Terminated"}}
    )
    assert exit_reason(0, home) == "somebody stopped it (SIGTERM)"


@pytest.mark.parametrize(
    ("output", "library"),
    [
        ("mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file", "libcurl.so.4"),
        ("dyld: Library not loaded: /usr/lib/libssl.dylib\n  Referenced from: x", "/usr/lib/libssl.dylib"),
        (
            "mongod: /lib/libc.so.6: version `GLIBC_2.34' not found (required by mongod)",
            "version `GLIBC_2.34' not found",
        ),
    ],
)
def test_a_missing_library_is_named(home, output, library):
    home.output.write_text(output)
    assert exit_reason(127, home) == f"this system lacks a library that it needs ({library})"


def test_a_processor_that_is_too_old_is_named(home):
    assert "AVX" in exit_reason(-signal.SIGILL, home)


def test_files_of_another_version_are_named(home):
    logged(home, START, fatal("x", error="Invalid featureCompatibilityVersion document"))
    assert exit_reason(62, home).startswith("its files were written by another version of MongoDB")


def test_what_mongod_printed_before_it_had_a_log_is_quoted(home):
    home.output.write_text("Error parsing command line: unrecognised option '--x'\ntry 'mongod --help'")
    reason = exit_reason(2, home)
    assert reason.startswith("it did not accept its options")
    assert "unrecognised option '--x'" in reason


def test_hostile_text_is_cleaned_and_cut(home):
    logged(home, START, fatal("Bad", error="\x1b[2J\x00\x9b31m" + "x" * 10_000))
    reason = exit_reason(14, home)
    assert reason.isprintable()
    assert len(reason) < 400


def test_lines_that_are_not_json_and_a_cut_first_line_do_no_harm(home):
    home.log.write_bytes(b'rt": broken}\n\xff\xfe\n[1]\n' + json.dumps(START).encode() + b'\n{"s": "F"\n')
    assert exit_reason(14, home) == "it ended with exit code 14"
