"""What was plotted as a file: a table as CSV, a chart as PNG, SVG or PDF."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from espsh.api import EspshError, Files, UsageError
from espsh_plugins.plot_picture import thinned
from espsh_plugins.plot_series import Record, whole_csv

_INCHES = 10, 5.5
_DOTS_PER_INCH = 120
_ACROSS = 2 * int(_INCHES[0] * _DOTS_PER_INCH)
"""Places from left to right that can be told apart, and as many again."""
_LARGEST = 1e300
"""The axis has no marks for numbers from here on: their distance may be none."""
_DOTS = 60
"""As many points as a series has at most for each to be seen as one."""


def _table(record: Record, _kind: str) -> Iterator[bytes]:
    return (line.encode() for line in whole_csv(record))


def _chart(record: Record, kind: str) -> Iterable[bytes]:
    """Draw all rows over the seconds at which they came; what is not finite makes a gap, as on the screen."""
    from matplotlib.figure import Figure  # not pyplot, which looks for a screen, and keeps what it draws

    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots()
    for name in record.series:
        values = [(row.seconds, row.values[name]) for row in record.rows if name in row.values]
        points = thinned([(x, y if abs(y) < _LARGEST else math.nan) for x, y in values], _ACROSS)
        marker = "." if len(points) <= _DOTS else ""
        (line,) = axes.plot([x for x, _ in points], [y for _, y in points], marker=marker, linewidth=1.2)
        line.set_label(_literal(name))
    axes.set_xlabel("seconds")
    axes.grid(visible=True, alpha=0.3)
    if record.series:
        figure.legend(loc="outside upper left", ncols=6, frameon=False)
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name that the font has no letters for is boxes
        figure.savefig(drawn, format=kind)
    return [drawn.getvalue()]


def _literal(name: str) -> str:
    """Return a name as a label that is shown: a leading ``_`` hides one, and between two ``$`` would be mathematics."""
    return ("\u200b" + name if name.startswith("_") else name).replace("$", r"\$")


_MAKERS: Mapping[str, Callable[[Record, str], Iterable[bytes]]] = {
    ".csv": _table,
    ".png": _chart,
    ".svg": _chart,
    ".pdf": _chart,
}


def check(path: str) -> None:
    """Raise UsageError where no file of this name can be made, EspshError where it may not, or without matplotlib.

    In the end it would be too late: what was measured would be lost.
    """
    file = Path(path)
    maker = _MAKERS.get(file.suffix.lower())
    if maker is None:
        raise UsageError(f"'{file.name}' is no CSV and no picture", "--save FILE.csv, .png, .svg or .pdf")
    if file.is_dir() or not file.parent.is_dir():
        raise UsageError(f"{path}: {'is a directory' if file.is_dir() else 'no such file or directory'}")
    if not all(os.access(place, os.W_OK) for place in (file, file.parent) if place.exists()):
        raise EspshError(f"{path}: permission denied")
    if maker is _chart and importlib.util.find_spec("matplotlib") is None:
        raise EspshError(
            f"'{file.name}' needs matplotlib", "pip install 'espsh[plot]', or keep the numbers: --save FILE.csv"
        )


@contextlib.contextmanager
def kept(record: Record, path: str, files: Files) -> Iterator[None]:
    """Write all that came to a file in the end, however it ends: whole, or the old one stays."""
    try:
        yield
    finally:
        kind = Path(path).suffix.lower()
        files.write(path, _MAKERS[kind](record, kind[1:]))
