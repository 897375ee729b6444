"""Sizes of a terminal at which the screen is looked at."""

from __future__ import annotations

SMALL, USUAL, LARGE, TINY = (80, 24), (120, 40), (200, 60), (60, 15)
TOO_SMALL = (59, 14)


def name_of(size: tuple[int, int]) -> str:
    """The size as it stands in the name of a snapshot."""
    return "x".join(str(side) for side in size)
