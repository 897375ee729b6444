"""The top line: environment, Odoo server, operator and time."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from textual.content import Content

from odoo_sync_tui.core.text.hosts import is_sent_in_the_clear
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, Lines

PROTOCOLS = {"json2": "JSON-2", "jsonrpc": "JSON-RPC", "xmlrpc": "XML-RPC"}


class Header(Lines):
    """One line with text at both ends. The clock shows no seconds: an idle screen sends nothing.

    It names the zone of all times of the screen.
    """

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the integration, the note, the weakness of a connection, the operator, and the minute."""
        integration = state.overview.integration if state.overview else None
        clock = render.format_clock(state.now)
        store = state.overview.store if state.overview else None
        texts = (state.note, state.source, state.exposure, state.operator.name, clock)
        return integration, store, state.stale_since is None, *texts

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build environment and server on the left; operator and time on the right."""
        del height
        right = _right_side(state)
        left_width = width - right.cell_length - 2
        variants = self.list_left_variants(state)
        left = next((variant for variant in variants if variant.cell_length <= left_width), variants[-1])
        return [Line(render.align_ends(left, right.pad_left(2), width, state.glyphs))]

    def list_left_variants(self, state: DashboardState) -> list[Content]:
        """List texts for the left side, longest first: a narrow screen drops the note, MongoDB, the protocol, all."""
        return _list_left_variants(state)


def _list_left_variants(state: DashboardState) -> list[Content]:
    server, versions = _server(state), [_version(state), _mongodb(state)]
    both = f" {state.glyphs.separator} ".join(filter(None, versions))
    number = versions[0].partition(f" {state.glyphs.separator} ")[0]
    note = f"   {render.safe_text(state.note, state.glyphs, 80)}" if state.note else ""
    texts = (both + note, both, versions[0], number)
    return [*(render.assemble(server, "   ", (text, render.MUTED)) for text in texts), server]


def _server(state: DashboardState) -> Content:
    status = state.overview.integration if state.overview else None
    source = render.safe_text(state.source, state.glyphs, 64)
    if status is None or not status.url:
        return render.assemble((source or "Odoo Sync", render.STRONG), "   no Odoo yet" if state.overview else "")
    host = render.safe_text(_host(status.url), state.glyphs, 80)
    database = render.safe_text(status.database, state.glyphs, 60)
    if source:
        return render.assemble((source, render.STRONG), f"   {database} @ {host}")
    return render.assemble((database, render.STRONG), f" @ {host}")


def _mongodb(state: DashboardState) -> str:
    if state.overview is None:
        return ""
    store = state.overview.store
    text = f"MongoDB {render.safe_text(store.version, state.glyphs, 20)} {store.topology}"
    return text if store.primary else f"{text}, no primary"


def _host(url: str) -> str:
    """Return the host of an address without user and password, or the address where it has no host."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:  # "https://[": no address at all
        return url.rpartition("@")[2]


def _version(state: DashboardState) -> str:
    status = state.overview.integration if state.overview else None
    if status is None or not status.server_version:
        return ""
    protocol = PROTOCOLS.get(status.protocol or "", render.safe_text(status.protocol or "", state.glyphs, 20))
    version = render.safe_text(status.server_version, state.glyphs, 30)
    return f"Odoo {version} {state.glyphs.separator} {protocol}" if protocol else f"Odoo {version}"


def _right_side(state: DashboardState) -> Content:
    parts: list[LinePart] = []
    if state.stale_since is not None:
        parts += [(f"{state.glyphs.get_state_sign('stale')} stale", render.WARN), "  "]
    if exposure := _exposure(state):
        parts += [(exposure, render.WARN), "  "]
    parts += [
        render.safe_text(state.operator.name, state.glyphs, 24),
        "  ",
        (render.format_clock(state.now), render.STRONG),
        f" {state.now:%Z}",
    ]
    return render.assemble(*parts)


def _exposure(state: DashboardState) -> str:
    """Return the words for what others on the way to a server can read or change; ``doctor`` has the details."""
    status = state.overview.integration if state.overview else None
    return state.exposure or ("no TLS" if status and is_sent_in_the_clear(status.url or "") else "")
