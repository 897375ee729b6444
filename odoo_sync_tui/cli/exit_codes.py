"""All exit codes, in one place. Scripts rely on them: they are part of the interface."""

from __future__ import annotations

import signal

from odoo_sync_tui.core.actions import Outcome

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from collections.abc import Iterable

    from odoo_sync_tui.core.errors import SyncError
    from odoo_sync_tui.core.reports.diagnosis import Diagnosis
    from odoo_sync_tui.core.result import SyncResult

SUCCESS = 0
FAILED = 1
"""A sync failed, was partial or was cancelled, or the program broke."""
USAGE = 2
"""The command or the configuration is wrong: the same command fails again until one of them is changed."""
TRY_AGAIN = 3
"""The same command may succeed later: a server is unreachable, or another run is at work."""

CHECK_IN_STEP, CHECK_ATTENTION, CHECK_WRONG, CHECK_UNKNOWN = range(4)
"""The codes of ``check``, which are those of monitoring plug-ins: https://www.monitoring-plugins.org/doc/guidelines.html"""

TABLE = """\
exit codes:
  0      success
  1      the sync failed, was partial or was cancelled
  2      wrong usage or configuration
  3      could be tried again: a server is unreachable, another run is at work
  128+n  ended by signal n"""


def of_result(result: SyncResult) -> int:
    """Return the exit code of a run that was not stopped by a signal."""
    if result.outcome is Outcome.SUCCESS:
        return SUCCESS
    ended_early = result.outcome in {Outcome.FAILED, Outcome.INTERRUPTED}
    return TRY_AGAIN if ended_early and result.retryable else FAILED


def of_error(error: SyncError) -> int:
    """Return the exit code of an error that ended a command."""
    from odoo_sync_tui.core.errors import ConfigurationError

    if isinstance(error, ConfigurationError):
        return USAGE
    return TRY_AGAIN if error.retryable else FAILED


def of_diagnosis(diagnosis: Diagnosis) -> int:
    """Return the exit code of checks: that of the worst one."""
    from odoo_sync_tui.core.reports.diagnosis import Grade

    if diagnosis.health is not Grade.FAIL:
        return SUCCESS
    return TRY_AGAIN if diagnosis.has_only_transient_failures else USAGE


def get_worst(codes: Iterable[int], if_lost: int) -> int:
    """Return the worst of the codes of one command for many sources.

    An unknown state and a server that is away weigh less than what somebody has to look at, and that less than what is
    wrong: so do the codes of ``check``, and those of all other commands.

    Args:
        codes: those of all sources.
        if_lost: what the end of a process by a signal counts as.
    """
    by_weight = (SUCCESS, TRY_AGAIN, FAILED, USAGE)
    return max((code if code in by_weight else if_lost for code in codes), key=by_weight.index, default=SUCCESS)


def of_signal(number: int) -> int:
    """Return the exit code of a command that signal ``number`` ended, as shells do."""
    return 128 + number


BROKEN_PIPE = of_signal(signal.SIGPIPE)
