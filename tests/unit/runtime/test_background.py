import threading

import pytest

from odoo_sync_tui.runtime.background import BackgroundWriter


def test_jobs_run_in_order_and_are_done_at_the_end():
    done: list[int] = []
    with BackgroundWriter() as writer:
        for number in range(20):
            writer.submit(lambda number=number: done.append(number))
    assert done == list(range(20))


def test_an_error_reaches_the_caller_and_stops_what_follows():
    done: list[int] = []

    def fail() -> None:
        raise OSError("disk full")

    def submit_many() -> None:
        with BackgroundWriter() as writer:
            writer.submit(fail)
            for number in range(100):
                writer.submit(lambda number=number: done.append(number))

    with pytest.raises(OSError, match="disk full"):
        submit_many()
    assert not done


def test_after_an_error_of_the_callers_what_waits_is_left():
    started, gate, done = threading.Event(), threading.Event(), []

    def work() -> None:
        started.set()
        gate.wait()

    def submit_and_fail() -> None:
        with BackgroundWriter() as writer:
            writer.submit(work)
            started.wait()
            writer.submit(lambda: done.append(1))
            threading.Timer(0.05, gate.set).start()
            raise KeyError

    with pytest.raises(KeyError):
        submit_and_fail()
    assert not done


def test_a_slow_job_holds_the_caller_back():
    gate, submitted = threading.Event(), []

    def submit_many(writer: BackgroundWriter) -> None:
        for number in range(10):
            writer.submit(gate.wait)
            submitted.append(number)
        gate.set()

    with BackgroundWriter(max_pending=2) as writer:
        feeder = threading.Thread(target=submit_many, args=(writer,))
        feeder.start()
        feeder.join(timeout=0.2)
        assert feeder.is_alive()
        assert len(submitted) <= 3
        gate.set()
        feeder.join()
