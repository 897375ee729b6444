"""Cases that prove once more what another case of the same test proves: for the longer run before a release."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet


def slow(cases: Iterable[object]) -> list[ParameterSet]:
    """Mark parameters, or tuples of them, as ``slow``: the plain test command leaves them out."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow) for case in cases]
