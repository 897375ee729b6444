"""The models of Odoo that were found, with what became known of each since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from odoo_sync_tui.core.reports.discovery import FieldReport, ModelList, ModelReport


@dataclass(frozen=True, slots=True)
class RowCount:
    """How far counting has come, with the models that are counted."""

    done: int
    total: int
    models: tuple[ModelReport, ...]


@dataclass(frozen=True, slots=True)
class FoundModels:
    """Models in the order of their list.

    Attributes:
        models: the models by name.
        is_partial: Odoo lists no models to this user, and only well-known names were tried.
    """

    models: Mapping[str, ModelReport] = field(default_factory=dict[str, ModelReport])
    is_partial: bool = False

    def relist(self, found: ModelList) -> Self:
        """Take another list; rows that were known stay known."""
        models = {each.model: _keep_rows(each, self.models.get(each.model)) for each in found.models}
        return replace(self, models=models, is_partial=found.is_partial)

    def update(self, reports: Iterable[ModelReport]) -> Self:
        """Take what became known of models; their places stay, and so does a label that is not told again."""
        before = self.models
        known = {each.model: before.get(each.model, each) for each in reports}
        labelled = {each.model: replace(each, label=each.label or known[each.model].label) for each in reports}
        return replace(self, models={**before, **labelled})

    def get(self, model: str) -> ModelReport:
        """Return what is known of a model."""
        return self.models.get(model) or ModelReport(model)

    def add_entity(self, model: str, name: str) -> Self:
        """Add an entity that reads the model, unless it has it."""
        report = self.get(model)
        names = tuple(dict.fromkeys((*report.entities, name)))
        return self.update([replace(report, entities=names)])

    def search(self, words: str) -> list[ModelReport]:
        """Find the models that have all these words in name, entities or label; one of just this name comes first."""
        found = [each for each in self.models.values() if _has_words(words, each.model, each.format_label())]
        return sorted(found, key=lambda each: each.model != words.strip().lower())

    @property
    def entity_names(self) -> set[str]:
        """The names of all entities that read one of the models."""
        return {name for each in self.models.values() for name in each.entities}


def search_fields(fields: Iterable[FieldReport], words: str) -> list[FieldReport]:
    """Find the fields that have all these words in name, type or label."""
    return [each for each in fields if _has_words(words, each.name, each.type, each.format_label())]


def _keep_rows(report: ModelReport, before: ModelReport | None) -> ModelReport:
    if before is None or report.rows is not None:
        return report
    return replace(report, rows=before.rows, newest=before.newest)


def _has_words(words: str, *texts: str) -> bool:
    text = " ".join(texts).lower()
    return all(word in text for word in words.lower().split())
