"""Gauges as Prometheus reads them: the text format 0.0.4, which is valid OpenMetrics as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

_END = "# EOF"
"""The last line: OpenMetrics wants it; to the older format it is a comment."""
_SOURCE = "source"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that may go up and down.

    Attributes:
        name: its name, with the unit at the end.
        description: what it is, in a sentence.
        labels: the names of its labels.
    """

    name: str
    description: str
    labels: tuple[str, ...] = ()

    def at(self, value: float | datetime | None, *labels: str) -> Sample:
        """Make a sample of it, with the values of its labels; ``None``: there is no value, and nothing is written."""
        return Sample(self, labels, value.timestamp() if isinstance(value, datetime) else value)


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a gauge, with the values of its labels; a time is in seconds since 1970."""

    gauge: Gauge
    labels: tuple[str, ...]
    value: float | None


def format_exposition(samples: Iterable[Sample], source: str = "") -> Iterator[str]:
    """Yield the lines: the samples of one gauge stand together, below what it is.

    Args:
        samples: in any order.
        source: which Odoo of many all of them are about, for a label of its own; empty: there is one alone.
    """
    by_gauge: dict[Gauge, list[Sample]] = {}
    for sample in samples:
        if sample.value is not None:
            by_gauge.setdefault(sample.gauge, []).append(sample)
    for gauge, members in by_gauge.items():
        yield f"# HELP {gauge.name} {gauge.description.translate(_ESCAPES)}"
        yield f"# TYPE {gauge.name} gauge"
        yield from (_format_sample(each, source) for each in members)
    yield _END


def merge_expositions(texts: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of several texts as one: each gauge stands once, with the samples of all of them.

    Args:
        texts: the lines of each, as :func:`format_exposition` yields them.
    """
    families: dict[str, list[str]] = {}
    for lines in texts:
        family: list[str] = []
        for line in lines:
            if line.startswith("# HELP "):
                family = families.setdefault(line.split(" ", 3)[2], [])
            if line != _END and not (line.startswith("#") and line in family):
                family.append(line)
    for family in families.values():
        yield from family
    yield _END


def _format_sample(sample: Sample, source: str) -> str:
    pairs = [*zip(sample.gauge.labels, sample.labels, strict=True)]
    if source:
        pairs.insert(0, (_SOURCE, source))
    labels = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs)
    return f"{sample.gauge.name}{f'{{{labels}}}' if labels else ''} {_format_value(sample.value or 0)}"


def _format_value(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
