"""A MongoDB that gets lost is noticed at once, without an operation that waits for it; so is its return."""

from __future__ import annotations

from pathlib import Path

from odoo_sync_tui.core.progress import Trouble
from odoo_sync_tui.store.database import open_store
from tests.support.mongods import ReplicaSet
from tests.support.store import config
from tests.support.world import wait_until


def test_a_killed_mongod_is_a_trouble_until_it_is_back_for_who_begins_to_listen_meanwhile_too(tmp_path: Path):
    told: list[Trouble | None] = []
    later: list[Trouble | None] = []
    with ReplicaSet(tmp_path, 1) as replicas, open_store(config(replicas.uri, "watched")) as store:
        (member,) = replicas.members
        with store.watch.listen(told.append):
            member.kill()
            wait_until(lambda: told)
            trouble = told[0]
            assert trouble is not None
            assert (trouble.server, trouble.attempt) == ("MongoDB", None)
            assert member.address in trouble.message
            assert trouble.gives_up_at is not None
            with store.watch.listen(later.append):
                (again,) = later
                assert again is not None
                assert member.address in again.message
                member.start()
                wait_until(lambda: told[-1] is None and later[-1] is None)
        member.kill()
        wait_until(lambda: not member.running)
        assert told == [trouble, None]
