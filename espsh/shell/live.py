"""Lines at the screen's end that are drawn over and over in place, and leave nothing behind. Loads rich: 60 ms."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TextIO

from rich.console import Console, ConsoleDimensions
from rich.live_render import LiveRender
from rich.table import Table
from rich.text import Text

from espsh.shell.columns import clip_start, width_of
from espsh.shell.gauges import Gauge

_DROPPED = ("ratio", "size", "bar", "rate", "file", "left", "place")
"""What a screen that is too narrow does without, in this order."""
_LEAST_FILE = 8
"""Columns to which a file's name is cut before anything is dropped for it."""
_MARGIN = 2
"""Columns left free: the terminal puts ``^C`` where a line ends, and a line that it breaks in two is not erased."""
_CLOSE = {("place", "file"), ("bar", "share")}
"""Neighbours with one blank between them, not two."""
_LEFT = ("board", "file")
_STYLES = {"board": "cyan", "bar": "green"}


class _OurConsole(Console):
    def on_broken_pipe(self) -> None:
        """Let the error pass: rich would point stdout nowhere and end the thread that writes."""
        raise


class LiveLines:
    """A line for each transfer, on a terminal.

    It is made of the parts of rich's ``Live``. ``Live`` itself hides the cursor, which a program that is stopped or
    killed does not bring back, and to take its lines away it draws them once more, and a line's end.
    """

    def __init__(self, stream: TextIO, env: Mapping[str, str], *, colour: bool) -> None:
        self._console = _OurConsole(
            file=stream, force_terminal=True, color_system="standard" if colour else None, highlight=False, _environ=env
        )
        self._shown: LiveRender | None = None
        self._widest: dict[str, int] = dict.fromkeys(Gauge._fields, 0)

    def draw(self, gauges: Sequence[Gauge], size: os.terminal_size) -> None:
        """Put these lines in place of those that are shown."""
        if not gauges:
            self.erase()
            return
        self._console.size = ConsoleDimensions(max(1, size.columns - _MARGIN), size.lines)
        self._shown = shown = self._shown or LiveRender("")
        before = shown.position_cursor()
        shown.set_renderable(self._table(gauges, self._console.width))
        self._console.print(before, shown)

    def erase(self) -> None:
        """Take the lines away; the cursor is where the first one began."""
        shown, self._shown = self._shown, None
        if shown is not None:
            self._console.control(shown.position_cursor())

    def _table(self, gauges: Sequence[Gauge], width: int) -> Table:
        for gauge in gauges:
            # A column that has grown stays so: those after it would jump to and fro.
            self._widest = {field: max(self._widest[field], width_of(text)) for field, text in gauge._asdict().items()}
        parts = _fitting(self._widest, width)
        table = Table.grid()
        for part in parts:
            table.add_column(
                width=part.gap + part.columns,
                no_wrap=True,
                justify="left" if part.field in _LEFT else "right",
                style=_STYLES.get(part.field),
            )
        for gauge in gauges:
            words = gauge._asdict()
            table.add_row(*(Text(" " * part.gap + clip_start(words[part.field], part.columns)) for part in parts))
        return table


class _Part(NamedTuple):
    field: str
    gap: int
    columns: int


def _fitting(widest: Mapping[str, int], width: int) -> list[_Part]:
    """Return the parts for which a line of ``width`` columns has room."""
    for dropped in range(len(_DROPPED) + 1):
        fields = [field for field in widest if widest[field] and field not in _DROPPED[:dropped]]
        gaps = [0, *(1 if pair in _CLOSE else 2 for pair in itertools.pairwise(fields))]
        room = width - sum(gaps) - sum(widest[field] for field in fields if field != "file")
        if room >= (min(widest["file"], _LEAST_FILE) if "file" in fields else 0):
            break
    columns = (min(widest[field], room) if field == "file" else widest[field] for field in fields)
    return [_Part(*part) for part in zip(fields, gaps, columns, strict=True)]
