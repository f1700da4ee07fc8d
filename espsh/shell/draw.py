"""Values to text: the renderer of espsh. Roles become colours where there are any, lists become columns on a screen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from espsh.core.output import Cell, Styled, Table
from espsh.shell.code import painter
from espsh.shell.columns import width_of
from espsh.shell.fitting import fitted, fold, prose

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
        "part": "36",
        "full": "34",
        "series1": "36",
        "series2": "33",
        "series3": "35",
        "series4": "32",
        "series5": "31",
        "series6": "34",
    }
)
"""The SGR parameters of each role (ECMA-48, 8.3.117)."""

_GAP = 2
_LEAST = 8
"""Columns to which a cell is folded at most."""
_TILES = 64
"""Tiles a line: the rows of ``micropython.mem_info`` have as many."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STEERING = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")


def printable(text: str) -> str:
    """Return ``text`` with control characters escaped: words of a board or user must not steer the screen."""
    return "".join(c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in text)


def paint(text: str, role: str) -> str:
    """Return ``text`` in the colour of ``role``."""
    return f"\x1b[{ROLES[role]}m{text}\x1b[0m" if role in ROLES and text else text


class Draw(NamedTuple):
    """Text for one screen: ``width`` gives its columns, or None where the output is no screen.

    ``guarded`` says that it comes to a screen, by whatever way: then nothing a board says may steer that.
    """

    width: Callable[[], int | None] = lambda: None
    colour: bool = False
    guarded: bool = False

    @property
    def plain(self) -> Draw:
        """The renderer for what is no screen: a file, a pipe."""
        return Draw()

    @property
    def streamed(self) -> Draw:
        """The renderer for lines under a board's name: coloured as on the screen, and as long as they are."""
        return Draw(colour=self.colour, guarded=self.guarded)

    @property
    def folded(self) -> Draw:
        """The renderer for a board's share of the output, which is compared with others' before it is shown."""
        return Draw(guarded=self.guarded)

    def line(self, cells: Sequence[Cell]) -> str:
        """Return cells joined by blanks."""
        return " ".join(self._shown(cell) for cell in cells)

    def table(self, table: Table) -> str:
        """Return the table's lines; the last column is not padded.

        On a screen that is too narrow for what cannot be spared cells are folded, and where that does not help each
        row becomes lines of its own.
        """
        table = self.narrowed(table)
        right = [heading.startswith(">") for heading in table.headings]
        rows = _all_rows(table)
        widths = _widths(rows)
        fitting: list[int] | None = widths
        room = self.width()
        if room is not None and _total(widths) > room:
            least = [width if fixed else min(width, _LEAST) for width, fixed in zip(widths, right, strict=True)]
            fitting = fitted(widths, least, room - _total([0] * len(widths)))
        if fitting is None:
            return self._records(table)
        return "".join(self._row(row, fitting, right) for row in rows)

    def narrowed(self, table: Table) -> Table:
        """Return the table without the columns that can be spared, as far as that makes it fit."""
        room = self.width()
        for heading in table.spare:
            if room is None or _total(_widths(_all_rows(table))) <= room:
                break
            table = table.without(heading)
        return table

    def prose(self, text: str) -> str:
        """Return running text, broken at blanks where the screen is narrower."""
        width = self.width()
        return text if width is None else prose(text, width)

    def tiles(self, tiles: Sequence[Cell]) -> str:
        """Return cells of one column each, at most 64 a line; neighbours of one role in one colour."""
        width = self.width() or _TILES
        count = min(_TILES, max(8, width // 8 * 8))
        lines = (tiles[start : start + count] for start in range(0, len(tiles), count))
        return "".join("".join(self._shown(run) for run in _runs(line)) + "\n" for line in lines)

    def adjoined(self, cells: Sequence[Cell]) -> str:
        """Return cells with nothing between them: a line of a picture."""
        return "".join(map(self._shown, cells))

    def code(self, name: str) -> Callable[[bytes], bytes] | None:
        """Return what colours the content of a file of this name: on a screen with colours alone."""
        return painter(name) if self.colour and self.width() is not None else None

    def content(self, data: bytes) -> bytes:
        """Return a file's bytes; what would steer a screen is spelled there."""
        return _STEERING.sub(_spelled, data) if self.guarded else data

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
        """Return a row's lines: more than one where a cell is wider than its column."""
        folded = [fold(str(cell), width) for cell, width in zip(row, widths, strict=True)]
        lines = ""
        for parts in itertools.zip_longest(*folded, fillvalue=""):
            shown = []
            for i, part in enumerate(parts):
                blanks = " " * (widths[i] - width_of(part))
                cell = row[i]
                text = self._shown(Styled(part, cell.role) if isinstance(cell, Styled) else part)
                shown.append(blanks + text if right[i] else text if i == len(row) - 1 else text + blanks)
            lines += (" " * _GAP).join(shown).rstrip(" ") + "\n"
        return lines

    def _records(self, table: Table) -> str:
        """Return each row as lines of its own: what is in it, behind the heading where there is one."""
        headings = _shown_headings(table)
        records = []
        for row in table.rows:
            cells = ([heading, cell] if str(heading) else [cell] for heading, cell in zip(headings, row, strict=True))
            records.append("".join(self.line(pair) + "\n" for pair in cells if str(pair[-1])))
        return "\n".join(records)

    def _cell(self, cell: Cell, width: int) -> str:
        return self._shown(cell) + " " * (width - width_of(_visible(str(cell))))

    def _shown(self, cell: Cell) -> str:
        text = _visible(str(cell)) if self.guarded else str(cell)
        return paint(text, cell.role) if self.colour and isinstance(cell, Styled) else text


def _shown_headings(table: Table) -> list[Cell]:
    return [Styled(heading.removeprefix(">"), "heading") for heading in table.headings]


def _all_rows(table: Table) -> list[Sequence[Cell]]:
    """Return the rows, under the headings where there are any."""
    return [*([_shown_headings(table)] if any(map(str, _shown_headings(table))) else []), *table.rows]


def _widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    return [max(width_of(str(cell)) for cell in column) for column in zip(*rows, strict=True)]


def _total(widths: Sequence[int]) -> int:
    """Return the columns of a line, gaps included."""
    return sum(widths) + _GAP * (len(widths) - 1)


def _runs(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield cells joined with their neighbours of the same role."""
    for role, run in itertools.groupby(cells, lambda cell: cell.role if isinstance(cell, Styled) else ""):
        yield Styled("".join(str(cell) for cell in run), role)


def _spelled(found: re.Match[bytes]) -> bytes:
    return found[0].decode().encode("unicode_escape")


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
