"""From samples to a table: medians, ratios of pairs, goals. Pure, but for looking at the machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MISSING = "–"


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: its value in the unit of its series, and what is known besides."""

    value: float
    peak_mb: float | None = None
    cpu_seconds: float | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What is aimed at; ``None``: nothing. Ratios are those to the reference of the series."""

    ratio_at_most: float | None = None
    ratio_at_least: float | None = None
    value_at_most: float | None = None
    peak_mb_at_most: float | None = None

    def words(self, unit: str) -> str:
        """As the table shows it."""
        told = [
            (self.ratio_at_most, "≤ {:g} ×"),
            (self.ratio_at_least, "≥ {:g} ×"),
            (self.value_at_most, f"≤ {{:g}} {unit}"),
            (self.peak_mb_at_most, "≤ {:g} MB"),
        ]
        return ", ".join(form.format(limit) for limit, form in told if limit is not None)

    def met(self, value: float, ratio: float | None, peak_mb: float | None) -> bool:
        """Whether these figures reach it. A figure that is unknown reaches nothing."""
        upper = ((ratio, self.ratio_at_most), (value, self.value_at_most), (peak_mb, self.peak_mb_at_most))
        enough = self.ratio_at_least is None or (ratio is not None and ratio >= self.ratio_at_least)
        return enough and all(limit is None or (figure is not None and figure <= limit) for figure, limit in upper)


@dataclass(frozen=True, slots=True)
class Series:
    """What is measured again and again: compared, pair by pair, with the series that ``reference`` names."""

    name: str
    reference: str | None = None
    goal: Goal | None = None
    unit: str = "s"


@dataclass(frozen=True, slots=True)
class Row:
    """One series, summed up: medians over its samples, and the median of its ratios."""

    series: Series
    value: float
    ratio: float | None
    peak_mb: float | None
    cpu_seconds: float | None
    rows: int | None
    samples: Sequence[Sample]

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; ``None`` without one."""
        goal = self.series.goal
        return goal.met(self.value, self.ratio, self.peak_mb) if goal else None

    def as_dict(self) -> dict[str, object]:
        """As plain data."""
        return {
            "name": self.series.name,
            "unit": self.series.unit,
            "median": self.value,
            "reference": self.series.reference,
            "ratio": self.ratio,
            "peak_mb": self.peak_mb,
            "cpu_seconds": self.cpu_seconds,
            "rows": self.rows,
            "goal": self.series.goal.words(self.series.unit) if self.series.goal else None,
            "met": self.met,
            "samples": [sample.value for sample in self.samples],
            "peaks_mb": [sample.peak_mb for sample in self.samples],
        }


@dataclass(slots=True)
class Results:
    """Samples by the name of their series, in the order in which series were first measured."""

    _series: dict[str, Series] = field(default_factory=dict)
    _samples: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, series: Series, sample: Sample) -> None:
        """Take a sample in. The n-th of a series and the n-th of its reference are a pair."""
        self._series.setdefault(series.name, series)
        self._samples.setdefault(series.name, []).append(sample)

    def rows(self) -> list[Row]:
        """One row a series; a reference stands before what is compared with it, if it was declared so."""
        return [self._row(series) for series in self._series.values()]

    def _row(self, series: Series) -> Row:
        samples = self._samples[series.name]
        return Row(
            series,
            statistics.median(sample.value for sample in samples),
            ratio(samples, self._samples.get(series.reference or "", [])),
            _highest(sample.peak_mb for sample in samples),
            _median(sample.cpu_seconds for sample in samples),
            samples[-1].rows,
            samples,
        )


def ratio(samples: Sequence[Sample], references: Sequence[Sample]) -> float | None:
    """The median of the ratios of the pairs; one reference for all is compared with each."""
    if not references:
        return None
    others = references * len(samples) if len(references) == 1 else references
    return statistics.median(
        sample.value / other.value for sample, other in zip(samples, others, strict=True) if other.value
    )


def table(rows: Sequence[Row]) -> str:
    """The table in Markdown."""
    head = ["what", "median", "rows/s", "ratio", "to", "goal", "", "CPU s", "peak MB"]
    lines = [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in (head, rule, *lines)
    )


def _cells(row: Row) -> list[str]:
    series = row.series
    verdict = {True: "reached", False: "missed", None: ""}[row.met]
    per_second = round(row.rows / row.value) if row.rows and series.unit == "s" else None
    return [
        series.name,
        f"{row.value:.3g} {series.unit}" if row.value < 1000 else f"{row.value:.0f} {series.unit}",
        f"{per_second:,}".replace(",", " ") if per_second else "",
        f"{row.ratio:.2f} ×" if row.ratio is not None else "",
        series.reference or "",
        series.goal.words(series.unit) if series.goal else "",
        verdict,
        f"{row.cpu_seconds:.2f}" if row.cpu_seconds is not None else "",
        f"{row.peak_mb:.0f}" if row.peak_mb is not None else "",
    ]


def machine() -> Mapping[str, object]:
    """What this was measured on."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or MISSING)


def _median(values: object) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _highest(values: object) -> float | None:
    return max((value for value in values if value is not None), default=None)
