"""What was plotted: the last values of each series for the picture, figures of all of them, all of them for a file."""

from __future__ import annotations

import csv
import io
import math
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from espsh_plugins.plot_lines import Reading

MOST = 12
"""Series of a picture; numbers of more names are counted, and left out."""
MOST_ROWS = 1_000_000
"""Rows that are kept for a file: some 300 MB."""


class Row(NamedTuple):
    """The numbers of one line by their series, and the seconds since the first one."""

    seconds: float
    values: Mapping[str, float]


class Series:
    """One line of the picture: its ``points`` are (number of the row, value), the last ``window`` of them."""

    def __init__(self, window: int) -> None:
        self.points: deque[tuple[int, float]] = deque(maxlen=window)
        self.count = 0
        self.odd = 0
        self.least = math.inf
        self.most = -math.inf
        self._mean = 0.0

    def add(self, row: int, value: float) -> None:
        """Take a value; one that is not finite is counted as ``odd`` and makes a gap."""
        self.points.append((row, value))
        if not math.isfinite(value):
            self.odd += 1
            return
        self.count += 1
        self.least, self.most = min(self.least, value), max(self.most, value)
        self._mean += value / self.count - self._mean / self.count

    @property
    def mean(self) -> float:
        """The mean of all finite values; NaN where there are none."""
        return self._mean if self.count else math.nan

    @property
    def last(self) -> float:
        """The last value; NaN where there is none."""
        return self.points[-1][1] if self.points else math.nan


class Record:
    """All that came. ``window`` rows of it are for the picture, which another thread may ask for.

    ``rows`` are the last ones, as many as are to be ``kept``.
    """

    def __init__(self, window: int, kept: int = MOST_ROWS) -> None:
        self.window = window
        self.series: dict[str, Series] = {}
        self.rows: deque[Row] = deque(maxlen=kept)
        self.count = 0
        self.left_out = 0
        self.texts = 0
        self._begun = 0.0
        self._lock = threading.Lock()

    def add(self, readings: Sequence[Reading], now: float) -> Row:
        """Take the numbers of a line that came at ``now`` seconds; those without a name are called by their place."""
        self._begun = now if not self.count else self._begun
        values: dict[str, float] = {}
        with self._lock:
            self.count += 1
            self._take(readings, values)
        row = Row(now - self._begun, values)
        self.rows.append(row)
        return row

    def _take(self, readings: Sequence[Reading], values: dict[str, float]) -> None:
        for place, (name, value) in enumerate(readings, 1):
            called = name or (str(place) if len(readings) > 1 else "value")
            if called not in self.series and len(self.series) >= MOST:
                self.left_out += 1
                continue
            values[called] = value
            self.series.setdefault(called, Series(self.window)).add(self.count, value)

    @property
    def seconds(self) -> float:
        """The time from the first row to the last one."""
        return self.rows[-1].seconds if self.rows else 0.0

    def shown(self) -> dict[str, list[tuple[int, float]]]:
        """Return what of each series is in the picture: of all of them the same last rows."""
        with self._lock:
            first = self.count - self.window
            return {name: [it for it in series.points if it[0] > first] for name, series in self.series.items()}


class CsvLines:
    """Rows as CSV, one by one: a head names the columns, and again where a series comes that it has not."""

    def __init__(self, columns: Iterable[str] = ()) -> None:
        self._columns = list(columns)

    def head(self) -> str:
        """Return the head."""
        return _csv(["seconds", *self._columns])

    def lines(self, row: Row) -> str:
        """Return the row's line, behind a head where that is needed."""
        new = [name for name in row.values if name not in self._columns]
        self._columns += new
        return (self.head() if new else "") + _csv(
            [f"{row.seconds:.3f}", *(repr(row.values[name]) if name in row.values else "" for name in self._columns)]
        )


def whole_csv(record: Record) -> Iterator[str]:
    """Yield all rows as one table, a column for each series."""
    lines = CsvLines(record.series)
    yield lines.head()
    for row in record.rows:
        yield lines.lines(row)


def _csv(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
