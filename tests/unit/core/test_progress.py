from odoo_sync_tui.core.progress import RateEstimator


def test_rate_is_unknown_before_a_second_was_seen():
    rate = RateEstimator()
    rate.add(0.0, 0)
    rate.add(0.5, 500)
    assert rate.rate() is None
    assert rate.eta(1000) is None


def test_rate_follows_the_last_seconds_only():
    rate = RateEstimator(window_seconds=10)
    for second in range(101):
        rate.add(second, second * 10)
    for second in range(1, 21):
        rate.add(100 + second, 1000 + second * 100)
    assert rate.rate() == 100
    assert rate.eta(4000) == 10


def test_progress_that_goes_back_starts_the_window_anew():
    rate = RateEstimator()
    rate.add(0, 1000)
    rate.add(5, 10)
    assert rate.rate() is None
