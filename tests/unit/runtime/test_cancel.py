import threading

import pytest

from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.runtime.cancel import CancelToken


def test_the_first_reason_stays():
    token = CancelToken()
    token.request("cancelled by anna")
    token.request("interrupted by SIGTERM")
    assert token.is_requested
    with pytest.raises(RunCancelled, match="cancelled by anna"):
        token.raise_if_requested()


def test_a_sleeper_wakes_up_when_a_stop_is_requested():
    token = CancelToken()
    ended: list[BaseException] = []

    def sleep() -> None:
        try:
            token.sleep(3600)
        except RunCancelled as error:
            ended.append(error)

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    token.request("enough")
    sleeper.join(timeout=10)
    assert ended


def test_nothing_happens_unless_requested():
    token = CancelToken()
    token.sleep(0)
    token.raise_if_requested()
    assert not token.is_requested
