"""Values to text: the renderer of espsh. Roles become colours where there are any, lists become columns on a screen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from espsh.core.output import Cell, Styled, Table

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "directory": "1;34",
        "python": "32",
        "board": "36",
        "good": "32",
        "bad": "31",
        "dim": "2",
        "link": "36",
        "heading": "2",
    }
)
"""The SGR parameters of each role (ECMA-48, 8.3.117)."""

_GAP = 2
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def width_of(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, width: int) -> str:
    """Return ``text`` cut to ``width`` columns, with ``…`` where something was cut."""
    if width_of(text) <= width:
        return text
    taken, used = [], 0
    for char in text:
        used += _columns(char)
        if used > width - 1:
            break
        taken.append(char)
    return "".join(taken) + "…"


def clip_start(text: str, width: int) -> str:
    """Return ``text`` cut to ``width`` columns, with ``…`` in place of its beginning: a path's end tells the most."""
    return clip(text[::-1], width)[::-1]


def printable(text: str) -> str:
    """Return ``text`` with control characters escaped: words of a board or user must not steer the screen."""
    return "".join(c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in text)


def pad(text: str, width: int) -> str:
    """Return ``text`` filled with blanks to ``width`` columns."""
    return text + " " * (width - width_of(text))


def paint(text: str, role: str) -> str:
    """Return ``text`` in the colour of ``role``."""
    return f"\x1b[{ROLES[role]}m{text}\x1b[0m" if role in ROLES and text else text


class Draw(NamedTuple):
    """Text for one screen: ``width`` gives its columns, or None where the output is no screen."""

    width: Callable[[], int | None] = lambda: None
    colour: bool = False

    @property
    def plain(self) -> Draw:
        """The renderer for what is no screen: a file, a pipe."""
        return Draw()

    @property
    def streamed(self) -> Draw:
        """The renderer for lines under a board's name: coloured as on the screen, and as long as they are."""
        return Draw(colour=self.colour)

    def line(self, cells: Sequence[Cell]) -> str:
        """Return cells joined by blanks."""
        return " ".join(self._shown(cell) for cell in cells)

    def table(self, table: Table) -> str:
        """Return the table's lines; the last column is not padded."""
        right = [heading.startswith(">") for heading in table.headings]
        headings: list[Cell] = [Styled(heading.removeprefix(">"), "heading") for heading in table.headings]
        rows: list[Sequence[Cell]] = [headings, *table.rows] if any(str(heading) for heading in headings) else []
        rows = rows or list(table.rows)
        widths = [max(width_of(str(row[i])) for row in rows) for i in range(len(headings))] if rows else []
        return "".join(self._row(row, widths, right) + "\n" for row in rows)

    def names(self, names: Sequence[Cell]) -> str:
        """Return names in columns, filled downwards as ``ls`` does, else one a line."""
        width = self.width()
        if width is None:
            return "".join(self._shown(name) + "\n" for name in names)
        columns = _arrange([width_of(_visible(str(name))) for name in names], width) if names else []
        lines = -(-len(names) // len(columns)) if columns else 0
        text = ""
        for line in range(lines):
            row = names[line::lines]
            text += "".join(self._cell(cell, columns[i] + _GAP) for i, cell in enumerate(row[:-1]))
            text += self._shown(row[-1]) + "\n"
        return text

    def _row(self, row: Sequence[Cell], widths: Sequence[int], right: Sequence[bool]) -> str:
        parts = []
        for i, cell in enumerate(row):
            blanks = " " * (widths[i] - width_of(str(cell)))
            last = i == len(row) - 1
            shown = self._shown(cell)
            parts.append(blanks + shown if right[i] else shown if last else shown + blanks)
        return (" " * _GAP).join(parts).rstrip(" ")

    def _cell(self, cell: Cell, width: int) -> str:
        return self._shown(cell) + " " * (width - width_of(_visible(str(cell))))

    def _shown(self, cell: Cell) -> str:
        text = str(cell)
        if self.width() is not None:
            text = _visible(text)
        return paint(text, cell.role) if self.colour and isinstance(cell, Styled) else text


def _visible(text: str) -> str:
    """Replace control characters: a file's name must not steer the screen."""
    return _UNPRINTABLE.sub("?", text)


def _arrange(widths: Sequence[int], screen: int) -> list[int]:
    """Return the widths of as many columns as the screen holds; at least one."""
    least = max(1, min(widths))
    for count in range(min(len(widths), (screen + _GAP) // (least + _GAP)), 1, -1):
        lines = -(-len(widths) // count)
        columns = [max(widths[start : start + lines]) for start in range(0, len(widths), lines)]
        if sum(columns) + _GAP * (len(columns) - 1) <= screen:
            return columns
    return [max(widths)]
