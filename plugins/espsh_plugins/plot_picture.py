"""Series as lines of braille dots, to fit a screen. Pure.

(Of the libraries for this plotext has one picture for all of a process and comes compiled, for some platforms; plotille
brings colours that do not ask whether there are any. Neither has types that are checked.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from espsh.api import Styled

Points = Sequence[tuple[float, float]]

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille character's dots (U+2800): by column, from the top."""
_ROLES = 6
_LEAST_WITH_AXIS = 30
_LEAST, _MOST = 3, 16
"""Lines of the dots: with more the figures below would push the picture off a screen of 24 lines."""


class Canvas:
    """Dots, 2 by 4 in a character; the first line is the top. A character has the role of what was drawn there last."""

    def __init__(self, columns: int, lines: int) -> None:
        self.width, self.height = columns * 2, lines * 4
        self._bits = [[0] * columns for _ in range(lines)]
        self._roles = [[""] * columns for _ in range(lines)]

    def dot(self, x: int, y: int, role: str) -> None:
        """Set a dot."""
        self._bits[y // 4][x // 2] |= _DOTS[x % 2][y % 4]
        self._roles[y // 4][x // 2] = role

    def line(self, start: tuple[int, int], end: tuple[int, int], role: str) -> None:
        """Set the dots from ``start`` to ``end``."""
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            x, y = (round(a + (b - a) * step / steps) for a, b in zip(start, end, strict=True))
            self.dot(x, y, role)

    def cells(self, line: int) -> list[Styled]:
        """Return a line of characters, each run of one role in one cell."""
        found: list[Styled] = []
        for bits, role in zip(self._bits[line], self._roles[line], strict=True):
            char = chr(0x2800 + bits) if bits else " "
            if found and found[-1].role == role:
                found[-1] = Styled(found[-1].text + char, role)
            else:
                found.append(Styled(char, role))
        return found


def role_of(place: int) -> str:
    """Return the role of the series at this place, from 0."""
    return f"series{place % _ROLES + 1}"


def drawn(series: Mapping[str, Points], columns: int, lines: int, below: str) -> list[list[Styled]]:
    """Return lines of cells: names and last values, the dots with their range, and what is to stand ``below``.

    At most ``lines``, of at most ``columns``.
    """
    if not series:
        return [[Styled("no numbers yet", "dim")]]
    columns = max(columns, 4)
    height = max(_LEAST, min(_MOST, lines - 2))
    low, high = _range(value for points in series.values() for _, value in points)
    labels = [number(high), *[""] * (height - 2), number(low)] if columns >= _LEAST_WITH_AXIS else [""] * height
    margin = max(map(len, labels))
    axis = [[Styled(f"{label:>{margin}} ┤" if label else f"{'':{margin}} │", "dim")] for label in labels]
    canvas = Canvas(columns - (margin + 2 if margin else 0), height)
    rows = [row for points in series.values() for row, _ in points]
    span = min(rows, default=0), max(rows, default=0)
    for place, points in enumerate(series.values()):
        _trace(canvas, points, span, (low, high), role_of(place))
    body = [(axis[line] if margin else []) + canvas.cells(line) for line in range(height)]
    return [_legend(series, columns), *body, [Styled(below[:columns], "dim")]][: max(lines, 1)]


def thinned(points: Points, dots: int) -> Points:
    """Return what a picture of so many ``dots`` in a row needs of many points: the extremes of each part, and gaps."""
    size = len(points) // dots // 2
    if size < 2:
        return points
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        finite = [point for point in part if math.isfinite(point[1])]
        gap = [point for point in part if not math.isfinite(point[1])][:1]
        ends = [pick(finite, key=lambda point: point[1]) for pick in (min, max) if finite]
        kept += sorted({*ends, *gap}, key=lambda point: point[0])
    return kept


def number(value: float) -> str:
    """Return a number as a label: four digits of it."""
    return f"{value:.4g}"


def _legend(series: Mapping[str, Points], columns: int) -> list[Styled]:
    """Return the names with the last values, as many as have room."""
    cells: list[Styled] = []
    left = columns
    for place, (name, points) in enumerate(series.items()):
        text = f"{name} {number(points[-1][1]) if points else '-'}"
        gap = "  " if cells else ""
        if len(gap) + len(text) > left:
            return [*cells, Styled(f"{gap}…"[:left])]
        cells += [Styled(gap), Styled(text, role_of(place))]
        left -= len(gap) + len(text)
    return cells


def _range(values: Iterable[float]) -> tuple[float, float]:
    """Return the least and the greatest finite value, a little apart at least."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if low < high:
        return low, high
    apart = min(abs(low) / 10, 1e300) or 1.0
    return low - apart, high + apart


def _trace(canvas: Canvas, points: Points, span: tuple[float, float], bounds: tuple[float, float], role: str) -> None:
    """Draw a series: its rows from left to right, a gap where a value is not finite."""
    before = None
    for row, value in thinned(points, canvas.width):
        if not math.isfinite(value):
            before = None
            continue
        here = _place(row - span[0], span[1] - span[0], canvas.width), _height(value, bounds, canvas.height)
        canvas.line(before or here, here, role)
        before = here


def _place(at: float, length: float, dots: int) -> int:
    return round(at * (dots - 1) / length) if length else 0


def _height(value: float, bounds: tuple[float, float], dots: int) -> int:
    """Return the dot's line; halves, since the range of two huge numbers has none."""
    low, high = bounds
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return min(dots - 1, max(0, round((1 - share) * (dots - 1))))
