"""After the first block no answer is above 1 MB, however wide the rows are and whichever way they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from odoo_sync_tui.core.entity import Row
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.demo.faults import Fault
from odoo_sync_tui.odoo.calls.page_size import MAX_ANSWER_BYTES
from odoo_sync_tui.odoo.config import Protocol, ReadBy
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.runtime.http import session
from odoo_sync_tui.runtime.http.answers import AnswerBound, read_body
from tests.integration.odoo.conftest import LEADS, census, config_of
from tests.support.slow import slow

RECORDS = 4000
BLOCK = 1000
WIDE = 2000


@dataclass(frozen=True, kw_only=True)
class WideRows(Fault):
    """Rows hold a text of so many characters, by the first id from which on they do."""

    widths: Mapping[int, int] = field(default_factory=dict[int, int])

    def after(self, call: Call, result: object) -> object:  # type: ignore[override]
        for row in (one for one in result if isinstance(one, dict)) if isinstance(result, list) else ():
            if "contact_name" in row:
                first = max((each for each in self.widths if each <= row["id"]), default=0)
                row["contact_name"] = "x" * self.widths.get(first, 10)
        return result


@pytest.fixture(scope="module")
def wide() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=RECORDS, dialect=19) as demo:
        yield demo


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each answer, as received and decompressed."""
    sizes: list[int] = []

    def count(response: object, bound: AnswerBound) -> bytes:
        body = read_body(response, bound)  # type: ignore[arg-type]
        sizes.append(len(body))
        return body

    monkeypatch.setattr(session, "read_body", count)
    return sizes


def read_in_blocks(odoo: OdooConnector, received: list[int]) -> tuple[list[Row], list[int]]:
    """Read all leads block by block; return them, and the bytes of the answers after the first block."""
    ids, found, after_first_block = census(odoo, LEADS), list[Row](), 0
    for start in range(0, len(ids), BLOCK):
        for page in odoo.fetch_opportunities(ids[start : start + BLOCK]):
            found += page.rows
        after_first_block = after_first_block or len(received)
    assert [row["id"] for row in found] == ids
    return found, received[after_first_block:]


@pytest.mark.parametrize(
    ("protocol", "read_by"),
    [
        (Protocol.JSON2, ReadBy.AUTO),
        (Protocol.JSON2, ReadBy.ROWS),
        *slow(product([Protocol.XMLRPC], ReadBy)),
    ],
)
def test_no_answer_with_wide_rows_is_above_one_megabyte(
    wide: DemoOdoo, received: list[int], read_by: ReadBy, protocol: Protocol
) -> None:
    config = replace(config_of(wide, protocol, 1000), read_by=read_by)
    with wide.faults.on(WideRows(widths={0: WIDE})), OdooConnector(config) as odoo:
        found, sizes = read_in_blocks(odoo, received)
    assert {len(str(row["contact_name"])) for row in found} == {WIDE}
    assert max(sizes) <= MAX_ANSWER_BYTES
    assert sum(sizes) / MAX_ANSWER_BYTES > 5, "they would not have fitted into few answers"
    assert all(size > MAX_ANSWER_BYTES / 2 for size in sizes if size > 100_000), "nor are they needlessly small"


@pytest.mark.parametrize("read_by", ReadBy)
def test_rows_that_become_wide_later_are_read_in_smaller_answers(
    wide: DemoOdoo, received: list[int], read_by: ReadBy
) -> None:
    ids = wide.search("crm.lead")
    widths = {0: 10, ids[1500]: 5000, ids[3000]: 10, ids[3200]: 2_000_000, ids[3201]: 10}
    config = replace(config_of(wide, page_size=1000), read_by=read_by)
    with wide.faults.on(WideRows(widths=widths)), OdooConnector(config) as odoo:
        found, sizes = read_in_blocks(odoo, received)
    assert [len(str(row["contact_name"])) for row in found if row["id"] == ids[3200]] == [2_000_000]
    assert sorted(sizes)[-2] <= MAX_ANSWER_BYTES < max(sizes), "but for the row that is larger by itself"


def test_narrow_rows_are_read_in_larger_blocks_by_columns_and_never_in_larger_pages_by_rows(wide: DemoOdoo) -> None:
    for read_by in ReadBy:
        wide.calls.clear()
        with OdooConnector(replace(config_of(wide, page_size=500), read_by=read_by)) as odoo:
            assert sum(len(page.rows) for page in odoo.fetch_opportunities(census(odoo, LEADS))) == RECORDS
        most = max(call.row_count for call in wide.calls if call.method != "search")
        assert most > 500 if read_by is ReadBy.AUTO else most == 500
