"""Examines everything between the operator and the two servers, and says what to do."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from odoo_sync_tui.core.diagnosis import Check, Seen, Step, doubtful, fine, in_turn, untold, wrong
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError, StoreError
from odoo_sync_tui.entities.registry import all_entities
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.doctor import OdooDoctor
from odoo_sync_tui.paths import config_file
from odoo_sync_tui.pipeline.doctor_terminal import TerminalDoctor
from odoo_sync_tui.settings import Settings
from odoo_sync_tui.settings.layers import LOCAL_FILE
from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.doctor import StoreDoctor

LITTLE_BYTES = 100 * 1024**2
SKEW_SECONDS = 30.0
"""Clocks further apart than this mislead whoever reads times of two of them side by side."""


class Doctor:
    """Examines once.

    Args:
        load: gives the settings of this process, or raises ConfigurationError.
        config: the settings file that was named; ``None``: the usual places are looked at.
        log: the log file of this process; ``None``: none could be written.
    """

    def __init__(self, load: Callable[[], Settings], config: Path | None, log: Path | None) -> None:
        self._load = load
        self._settings: Settings | None = None
        self._file = config or next((path for path in (config_file(), LOCAL_FILE) if path.exists()), None)
        self._log = log

    def checks(self, entities: Sequence[Entity] | None = None) -> Iterator[Check]:
        """All checks, each made when it is asked for. Never raises for what it finds.

        Args:
            entities: whose rights in Odoo are looked at; ``None``: those of all.
        """
        yield from in_turn(self._own_steps())
        yield from in_turn(TerminalDoctor(os.environ).steps())
        store = StoreDoctor(self._mongo_config)
        odoo = OdooDoctor(lambda: self._odoo_config(store), all_entities() if entities is None else entities)
        try:
            broken = "" if self._settings else "settings.values"
            yield from in_turn(store.steps(), broken)
            yield from in_turn(odoo.steps(), broken)
        finally:
            odoo.close()
            store.close()
        yield from in_turn([Step("clocks", lambda: _clocks({"Odoo": odoo.ahead, "MongoDB": store.ahead}))])

    # ------------------------------------------------------------------------------------------------ this machine

    def _own_steps(self) -> list[Step]:
        return [
            Step("settings.file", self._settings_file),
            Step("settings.values", self._settings_values),
            Step("machine.log", self._log_file),
            Step("machine.tmp", _temporary_directory),
        ]

    def _settings_file(self) -> Seen:
        """Who may read and change the file. That a file with a secret is not read by others, loading it demands."""
        path = self._file
        if path is None:
            return fine(f"There is none (it would be {config_file()}); environment variables and defaults count.")
        try:
            state = path.stat()
        except OSError as error:
            return wrong(f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions.")
        mode = stat.S_IMODE(state.st_mode)
        said = f"{path} (mode {mode:04o})"
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            return doubtful(f"{said}: others may change it.", f"Run: chmod 600 {shlex.quote(str(path))}")
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            return fine(f"{said}: others may read it, and it holds no secret as long as its values are accepted.")
        return fine(f"{said}: yours alone.")

    def _settings_values(self) -> Seen:
        self._settings = self._load()
        return fine(f"All are accepted. The operator is {self._settings.operator_name}.")

    def _log_file(self) -> Seen:
        if self._log is None:
            return doubtful("No log file can be written.", "Give yourself the right to write in the state directory.")
        return fine(f"{self._log}.")

    # ------------------------------------------------------------------------------------------------ the two servers

    def _known(self) -> Settings:
        if self._settings is None:
            raise ConfigurationError("The settings are not known.", "Load them first.")
        return self._settings

    def _mongo_config(self) -> MongoConfig:
        return self._known().mongo_config()

    def _odoo_config(self, store: StoreDoctor) -> OdooConfig:
        """As a run has it; where the store cannot be asked, from the settings alone."""
        try:
            stored = store.stored_config()
        except StoreError:
            stored = None  # the checks of MongoDB have told why
        return self._known().odoo_config(stored)


def _temporary_directory() -> Seen:
    place = Path(tempfile.gettempdir())
    free = shutil.disk_usage(place).free
    said = f"{place}: {free / 1024**3:.1f} GB free."
    if free < LITTLE_BYTES:
        return doubtful(said, "Make room there: sockets and the demo need some.")
    return fine(said)


def _clocks(ahead: dict[str, float | None]) -> Seen:
    """How far the servers' clocks are from ours and from each other."""
    known = {name: seconds for name, seconds in ahead.items() if seconds is not None}
    if not known:
        return untold("Neither server told its time.")
    said = ", ".join(f"{name} {_signed(seconds)}" for name, seconds in known.items())
    spread = max(*known.values(), 0.0) - min(*known.values(), 0.0)
    if spread > SKEW_SECONDS:
        return doubtful(
            f"Against this machine: {said}.",
            "Set the clocks by a time server (NTP). Records are safe: a sync goes by Odoo's clock and a lease by "
            "MongoDB's; but times on the screen mislead.",
        )
    return fine(f"Against this machine: {said}.")


def _signed(seconds: float) -> str:
    return f"{round(seconds, 1) + 0.0:+.1f} s"  # adding zero turns "-0.0" into "+0.0"
