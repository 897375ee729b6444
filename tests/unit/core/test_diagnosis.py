from odoo_sync_tui.core.errors import ConfigurationError, RunCancelled, StoreUnavailable
from odoo_sync_tui.core.reports.diagnosis import (
    Check,
    CheckResult,
    Diagnosis,
    Grade,
    Step,
    failure,
    ok,
    run_checks,
    skipped,
    warning,
)


def raising(error: Exception):
    def look() -> CheckResult:
        raise error

    return look


def healths(*steps: Step) -> list[str]:
    return [str(check.health) for check in run_checks(steps)]


def test_what_depends_on_a_failed_check_is_skipped_and_says_so():
    looked: list[str] = []
    steps = [
        Step("dns", lambda: failure("unknown", "check it"), required=True),
        Step("tcp", lambda: looked.append("tcp") or ok("")),
    ]
    dns, tcp = run_checks(steps)
    assert (dns.health, tcp.health) == (Grade.FAIL, Grade.SKIPPED)
    assert "dns" in tcp.message
    assert not looked


def test_a_failure_on_which_nothing_depends_stops_nothing():
    assert healths(Step("a", lambda: failure("", "")), Step("b", lambda: ok(""), required=True)) == ["fail", "ok"]


def test_a_warning_stops_nothing():
    assert healths(Step("a", lambda: warning("", ""), required=True), Step("b", lambda: skipped(""))) == [
        "warn",
        "skipped",
    ]


def test_errors_become_failed_checks_in_their_own_words():
    looks = [
        ConfigurationError("The key is wrong.", "Set it."),
        StoreUnavailable("No answer.", "Wait."),
        RunCancelled("Too slow."),
        ZeroDivisionError("secret"),
    ]
    setup, away, slow, defect = run_checks([Step("a", raising(error)) for error in looks])
    assert setup == Check("a", Grade.FAIL, "The key is wrong.", "Set it.", transient=False)
    assert away.transient
    assert slow.transient
    assert slow.message == "Too slow."
    assert not defect.transient
    assert "ZeroDivisionError" in defect.message
    assert "secret" not in defect.message


def test_only_passing_trouble_is_told_from_what_must_be_set_right():
    passing = Check("a", Grade.FAIL, "", transient=True)
    lasting = Check("b", Grade.FAIL, "")
    assert Diagnosis((passing, Check("c", Grade.WARN, ""))).has_only_transient_failures
    assert not Diagnosis((passing, lasting)).has_only_transient_failures
    assert Diagnosis((passing, lasting)).health is Grade.FAIL
    assert Diagnosis((Check("c", Grade.WARN, ""), Check("d", Grade.OK, ""))).health is Grade.WARN


def test_as_data_it_counts_every_kind():
    told = Diagnosis((Check("a", Grade.OK, "Fine."), Check("b", Grade.SKIPPED, "Not now."))).as_dict()
    assert told["counts"] == {"ok": 1, "warn": 0, "fail": 0, "skipped": 1}
    assert told["health"] == "ok"
