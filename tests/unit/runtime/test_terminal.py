"""Whether the terminal shows Unicode, by the locale that it was started with."""

import pytest

from odoo_sync_tui.runtime.terminal import can_show_unicode
from odoo_sync_tui.tui.model.glyphs import ASCII, UNICODE, choose_glyphs


@pytest.mark.parametrize(
    ("variables", "unicode"),
    [
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_ALL": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE.bogus"}, False),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": "", "LANG": "zh_CN.GB18030"}, True),
    ],
    ids=str,
)
def test_the_locale_decides_whether_the_dashboard_draws_with_unicode(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], unicode: bool
):
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.setenv(name, variables.get(name, ""))
    assert can_show_unicode() is unicode
    assert choose_glyphs(ascii_only=False) is (UNICODE if unicode else ASCII)
