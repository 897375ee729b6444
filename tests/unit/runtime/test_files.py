import os
import stat

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.files import make_private, private_directory, translate_os_errors, write_atomically


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_directory_is_its_owners_alone_and_an_old_one_stays_as_it_is(tmp_path):
    assert mode_of(private_directory(tmp_path / "a" / "b")) == 0o700
    (tmp_path / "open").mkdir(mode=0o755)
    assert mode_of(private_directory(tmp_path / "open")) == 0o755


@pytest.mark.parametrize("umask", [0o000, 0o277])
def test_every_new_directory_is_its_owners_alone_whatever_the_umask(tmp_path, umask: int):
    before = os.umask(umask)
    try:
        private_directory(tmp_path / "share" / "program" / "store")
    finally:
        os.umask(before)
    assert {mode_of(tmp_path / made) for made in ("share", "share/program", "share/program/store")} == {0o700}


def test_nothing_is_kept_where_anybody_may_replace_it(tmp_path):
    shared = tmp_path / "shared"
    (shared / "old").mkdir(parents=True)
    shared.chmod(0o777)
    for path in (shared / "new", shared / "old", shared / "new" / "store"):
        with pytest.raises(OSError, match=f"anybody may replace what is in {shared}; run: chmod o-w {shared}"):
            private_directory(path)
    shared.chmod(0o1777)
    assert mode_of(private_directory(shared / "new")) == 0o700


def test_only_a_directory_of_ours_is_closed(tmp_path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    assert not make_private(tmp_path / "link")
    assert make_private(tmp_path / "open")
    assert mode_of(tmp_path / "open") == 0o700
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert not make_private(tmp_path / "open")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "look.json"

    def broken():
        yield "half"
        raise RuntimeError("in the middle")

    assert write_atomically(path, ["a", "b"]) == path
    with pytest.raises(RuntimeError):
        write_atomically(path, broken())
    assert path.read_text() == "ab"
    write_atomically(path, ["c"])
    assert (path.read_text(), mode_of(path), list(path.parent.iterdir())) == ("c", 0o600, [path])


def test_an_error_of_the_system_is_told_with_its_reason_and_a_hint(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(ConfigurationError, match=r"It cannot be kept: Not a directory\. Try\.$"),
        translate_os_errors(ConfigurationError, "It cannot be kept", "Try."),
    ):
        private_directory(tmp_path / "file" / "x")
