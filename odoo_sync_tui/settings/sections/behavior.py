"""How a sync works, and how the dashboard looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.times import parse_age
from odoo_sync_tui.settings.early import DEFAULT_THEME
from odoo_sync_tui.settings.names import to_env_variable
from odoo_sync_tui.settings.sections.base import SettingsSection
from odoo_sync_tui.settings.sections.value_types import (
    Age,
    EntityNames,
    FieldNamePatterns,
    Keymap,
    MetricsPath,
    RetentionAge,
)


class SyncSettings(SettingsSection):
    """How a sync works."""

    overlap_minutes: float = Field(default=10.0, ge=0, le=10_080)
    """How far an incremental run looks back behind its cursor, for slow transactions in Odoo."""
    retire_min: int = Field(default=20, ge=0)
    """So many documents may always be retired in one run."""
    retire_percent: float = Field(default=10.0, ge=0, le=100)
    """Or this share of the active documents, if that is more; beyond it an operator confirms."""
    lease_seconds: float = Field(default=30.0, ge=1, le=3600)
    """After how long without a sign of life a run counts as interrupted."""
    block_size: int = Field(default=10_000, ge=1, le=1_000_000)
    """Odoo ids in a block: the unit of memory and of checkpoints."""
    census_hours: float = Field(default=24.0, ge=0, le=8760)
    """For how long incremental runs do without a list of all ids while their totals are right; 0: all list them."""
    verify_percent: int = Field(default=0, ge=0, le=100)
    """The share of the rows whose content is verified after each run, other ones each time, with all ids; 0: none."""
    odoo_counts_seconds: float = Field(default=300.0, ge=0, le=86_400)
    """How often the idle dashboard asks Odoo for its counts; 0: never."""


class ChangeSettings(SettingsSection):
    """What the change log holds."""

    enabled: bool = True
    """Whether each change of a document is logged."""
    first_load: bool = False
    """Whether the documents that the first load of an entity creates are logged too."""
    keep: Age = "400d"
    """How long changes are kept; older ones are dropped."""
    entities: EntityNames = ()
    """The entities whose changes are logged, as `--entity` names them; none: all."""
    fields: FieldNamePatterns = ()
    """The fields whose changes are logged, by names and patterns ("x_*"); none: all. Only the whole can be replayed."""


class MetricsSettings(SettingsSection):
    """Where a monitoring system finds figures."""

    textfile: MetricsPath | None = None
    """A file "*.prom" for node_exporter's textfile collector, written after each run and each minute of one."""


class RightsSettings(SettingsSection):
    """What may be done besides syncing."""

    erase: bool = False
    """Whether records may be erased for good, and let come back, by `erase`."""

    def ensure_erase(self) -> None:
        """Raise an error unless records may be erased.

        Raises:
            ConfigurationError: they may not.
        """
        if not self.erase:
            variable = to_env_variable("rights.erase")
            raise ConfigurationError(
                "The settings do not allow to erase records.", f"Set rights.erase ({variable}) to true for it."
            )


class RetentionSettings(SettingsSection):
    """What runs drop when it is old enough; nothing where it is not set."""

    retired: RetentionAge = ""
    """How long retired documents are kept whose rows Odoo has no more, as in "3y"; empty: for ever."""
    runs: RetentionAge = ""
    """How long records of runs are kept, as in "13mo" or "13m" (months); empty: for ever."""

    @property
    def keep(self) -> tuple[timedelta | None, timedelta | None]:
        """How long retired documents and records of runs are kept; ``None``: for ever."""
        return (parse_age(self.retired) if self.retired else None, parse_age(self.runs) if self.runs else None)


class UiSettings(SettingsSection):
    """How the dashboard looks and behaves."""

    environment: str = Field(default="", max_length=20)
    """The text of the badge at the top ("PROD")."""
    environment_color: Literal["", "primary", "secondary", "accent", "success", "warning", "error"] = ""
    """The badge's colour, by its name in the theme; empty: by the text."""
    theme: str = DEFAULT_THEME
    """The colour theme at first; one that is chosen in the dashboard counts until this is changed."""
    keymap: Keymap = Field(default_factory=dict[str, str])
    """Other keys for the dashboard's commands, by command id: {"run.cancel": "x"}."""
    refresh_seconds: float = Field(default=2.0, ge=0.1, le=3600)
    """How often the dashboard reads the store."""
    audit_rows: int = Field(default=200, ge=10, le=500)
    """Audit events on one page."""
    detach: bool = False
    """Whether a sync that is started in the dashboard is a process of its own, which outlives the dashboard."""
    mouse: bool = True
    """Whether the dashboard takes the mouse; false leaves it to the terminal, for selecting text."""
    ascii: bool = False
    """Whether to draw with ASCII characters only."""
    read_only: bool = False
    """The earlier name of ``read_only`` at the top level; either one switches it on."""
