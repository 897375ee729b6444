"""``fleet worker``: execute runs of sources on this machine, for every ``fleet run`` that uses the same scheduler."""

from __future__ import annotations

import os

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.parser import get_source, list_given_options
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import cancel_on_signal
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.cancel import CancelToken


def run(session: Session) -> int:
    """Execute runs until a signal comes, or the scheduler needs this worker no more; return the exit code.

    Raises:
        ConfigurationError: no scheduler is named, it is not safe, or the settings say that nothing is written.
    """
    options = session.options
    if get_source(options):
        raise ConfigurationError("fleet worker takes runs of all sources, and --source names one.", "Leave it out.")
    given = {"fleet.scheduler": options.scheduler, "fleet.processes": options.runs, "zone": options.zone}
    settings = session.load_settings({name: value for name, value in given.items() if value is not None})
    settings.ensure_writable()
    if not settings.fleet.scheduler:
        raise ConfigurationError(
            "A worker needs the address of Dask's scheduler.", "Give it with --scheduler, or as fleet.scheduler."
        )
    # Loads Dask, or says how it is installed.
    from odoo_sync_tui.pipeline.fleet.cluster.scheduler import SchedulerConfig
    from odoo_sync_tui.pipeline.fleet.cluster.worker import WorkerConfig, serve
    from odoo_sync_tui.runtime.memory import freeze_and_enable_gc

    config = WorkerConfig(
        SchedulerConfig.of(settings.fleet),
        settings.fleet.processes or os.cpu_count() or 1,
        settings.zone if options.zone else "",
        options.name or "",
        list_given_options(options),
    )
    freeze_and_enable_gc()
    narrator, token = session.progress_writer, CancelToken()
    with cancel_on_signal(token, narrator.print) as signals:
        serve(config, token, narrator.print)
    return exit_codes.of_signal(signals.received) if signals.received else exit_codes.SUCCESS
