"""A transfer in words: how far it is, how fast, how long it will take."""

from __future__ import annotations

from typing import NamedTuple

from espsh.base.events import Progress
from espsh.base.units import human_size
from espsh.shell.draw import printable

BAR = 10
"""Columns of a bar."""

_ABOUT_ONE = 0.1
"""How far from 1 a ratio is before it tells anything: frames and escapes alone take a few bytes in a hundred."""


class Gauge(NamedTuple):
    """The parts of a progress line; what is not known is ``""``.

    ``share`` is a percentage, or the bytes that are done where the total is not known.
    """

    board: str
    place: str
    file: str
    bar: str
    share: str
    size: str
    rate: str
    ratio: str
    left: str


def gauge(event: Progress, seconds: float) -> Gauge:
    """Return what there is to say of a transfer that began ``seconds`` ago."""
    done, total = event.done, event.total
    size = human_size(done)
    filled = BAR * done // total if total else 0
    return Gauge(
        board=printable(event.board),
        place=f"{event.place}/{event.of}" if event.of > 1 else "",
        file=printable(event.what).expandtabs(1),
        bar="█" * filled + "░" * (BAR - filled) if total else "",
        share=f"{100 * done // total}%" if total else size,
        size=size if total else "",
        rate=f"{human_size(int(done / seconds))}/s" if done and seconds else "",
        ratio=_ratio(done, event.wire),
        left=f"{_clock(seconds * (total - done) / done)} left" if done and total else "",
    )


def sentence(gauge: Gauge) -> str:
    """Return a gauge as a remark."""
    file = " ".join(part for part in (gauge.place, gauge.file) if part)
    parts = (file, gauge.share, gauge.size, gauge.rate, gauge.ratio, gauge.left)
    return ": ".join(part for part in (gauge.board, ", ".join(part for part in parts if part)) if part)


def _ratio(done: int, wire: int) -> str:
    return f"{done / wire:.1f}x" if done and wire and abs(done / wire - 1) > _ABOUT_ONE else ""


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
