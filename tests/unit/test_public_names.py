"""The public interface of the package: what ``from odoo_sync_tui import …`` gives, and what it costs."""

import subprocess
import sys

import pytest

import odoo_sync_tui
from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange
from odoo_sync_tui.core.changes.fields import ABSENT
from odoo_sync_tui.core.errors import ChangesMissed
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.pipeline.queries.subscription import ChangeSubscription, subscribe
from odoo_sync_tui.settings.load import load_settings


def test_each_public_name_is_the_one_of_its_room():
    from odoo_sync_tui import ABSENT as PUBLIC_ABSENT
    from odoo_sync_tui import ChangesMissed as PublicChangesMissed
    from odoo_sync_tui import ChangeSubscription as PublicSubscription
    from odoo_sync_tui import FieldChange as PublicFieldChange
    from odoo_sync_tui import LoggedChange as PublicChange
    from odoo_sync_tui import Mode as PublicMode
    from odoo_sync_tui import Scope as PublicScope
    from odoo_sync_tui import Selection as PublicSelection

    assert (PublicMode, PublicScope, PublicSelection) == (Mode, Scope, Selection)
    assert (odoo_sync_tui.open_backend, odoo_sync_tui.load_settings) == (open_backend, load_settings)
    assert (PublicChange, PublicFieldChange, PUBLIC_ABSENT) == (LoggedChange, FieldChange, ABSENT)
    assert (PublicSubscription, PublicChangesMissed) == (ChangeSubscription, ChangesMissed)
    assert odoo_sync_tui.subscribe is subscribe
    assert dir(odoo_sync_tui) == sorted(odoo_sync_tui.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'open_frontend'"):
        _ = odoo_sync_tui.open_frontend


def test_importing_the_package_loads_no_room_and_no_library():
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import odoo_sync_tui\n"
        "print(sorted(name for name in set(sys.modules) - before if name != '__future__'))\n"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded == "['odoo_sync_tui', 'odoo_sync_tui.core', 'odoo_sync_tui.core.version']\n"
