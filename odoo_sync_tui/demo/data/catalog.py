"""The rows of `ir.model`: one for each model of the server, and some for what holds no records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from odoo_sync_tui.demo.data.fixed import FixedRow

ABSTRACT_MODELS: Final[Mapping[str, str]] = {"base": "Base", "mail.thread": "Email Thread"}
"""Labels of models of which others are made; nobody may read them."""
TRANSIENT_MODELS: Final[Mapping[str, str]] = {"base.module.update": "Update Module"}
"""Labels of models that hold what stands in a dialog."""
_DISCUSSED: Final = frozenset((
    "account.move", "crm.lead", "crm.team", "hr.department", "hr.employee", "hr.job", "hr.version", "mail.thread",
    "res.company", "res.partner",
))  # fmt: skip
"""Models with a thread of messages."""


def build_model_rows(labels: Mapping[str, str]) -> list[FixedRow]:
    """Build the rows of `ir.model` for models with these labels."""
    return [
        {
            "name": label,
            "model": model,
            "state": "base",
            "transient": model in TRANSIENT_MODELS,
            "is_mail_thread": model in _DISCUSSED,
        }
        for model, label in {**ABSTRACT_MODELS, **labels, **TRANSIENT_MODELS}.items()
    ]
