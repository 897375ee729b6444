"""A small terminal: what a program that writes as Textual does leaves on the screen, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Mapping

Cells = Mapping[tuple[int, int], tuple[str, str]]
"""By line and column: the character, and the parameters of its SGR sequence, "1;38;2;215;220;229"."""

_TOKENS = re.compile(
    r"\x1b\[(?P<parameters>[0-9;:]*)(?P<final>[Hm])"
    r"|(?P<other>\x1b\[[0-9;?<=>$ ]*[a-zA-Z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\|\x1b[=>78]|\r)"
    r"|(?P<text>[^\x1b\r]+)"
)


class TerminalScreen:
    """Screen that is fed with output. Every sequence has to be one that it knows.

    Attributes:
        cells: what is on the screen.
        styles: the parameters of every SGR sequence that came.
    """

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, str]] = {}
        self.styles: set[str] = set()
        self._line, self._column, self._style = 1, 1, ""

    def feed(self, output: str) -> None:
        """Write the output onto the screen."""
        end = 0
        for token in _TOKENS.finditer(output):
            assert token.start() == end, f"no terminal knows {output[end : end + 40]!r}"
            end = token.end()
            if token["final"] == "H":
                line, _, column = token["parameters"].partition(";")
                self._line, self._column = int(line or 1), int(column or 1)
            elif token["final"] == "m":
                self._style = "" if token["parameters"] in {"", "0"} else token["parameters"]
                self.styles.add(self._style)
            elif token["text"]:
                self._write(token["text"])
        assert end == len(output), f"no terminal knows {output[end : end + 40]!r}"

    def line(self, number: int) -> str:
        """The text of a line, counted from 1."""
        return "".join(self.cells.get((number, column), " ")[0] for column in range(1, 1 + self._width)).rstrip()

    def find(self, text: str) -> list[tuple[str, str]]:
        """The cells of the first place that shows this text."""
        lines = {line: self.line(line) for line in range(1, 1 + max(line for line, _ in self.cells))}
        line, column = next((line, shown.index(text)) for line, shown in lines.items() if text in shown)
        return [self.cells[line, column + offset] for offset in range(1, 1 + len(text))]

    @property
    def _width(self) -> int:
        return max(column for _, column in self.cells)

    def _write(self, text: str) -> None:
        for character in text:
            self.cells[self._line, self._column] = (character, self._style)
            self._column += 1


def count_bytes(before: Cells, after: Cells) -> int:
    """Count the bytes that turn one screen into another: moves of the cursor, styles and characters of what differs."""
    total, last = 0, ((0, 0), "")
    for place in sorted(after):
        character, style = after[place]
        if _look(before.get(place)) == _look(after[place]):
            continue
        line, column = place
        is_next = last[0] == (line, column - 1)
        total += 0 if is_next else len(f"\x1b[{line};{column}H")
        total += 0 if is_next and last[1] == style else len(f"\x1b[{style}m\x1b[0m")
        total += len(character.encode())
        last = (place, style)
    return total


def _look(cell: tuple[str, str] | None) -> tuple[str, str] | None:
    """How a cell looks: of a blank only the background is seen."""
    if cell is None or cell[0] != " ":
        return cell
    return " ", "".join(re.findall(r"\b(?:4[0-79]|48;[25][0-9;]*|10[0-7])(?=;|$)", cell[1]))
