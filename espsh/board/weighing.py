"""What an import takes of a board's heap, measured where it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

_ROOM = 32
"""Bytes of heap to look at for each byte of a file. A source took 9 on the virtual board, whose words are twice as
long as an ESP32's."""
_LEAST = 64 * 1024
_IDLE = 60.0
"""Seconds without a word: a module's own work happens when it is imported."""


class Weighed(Protocol):
    """A board that answers calls."""

    def rows(
        self, function: str, *arguments: object, snippets: Sequence[str], repeatable: bool, idle: float
    ) -> tuple[list[Any], Any]:
        """Run a function of a snippet on the board."""


class Weight(NamedTuple):
    """What an import took, in bytes. ``peak`` is what was in use at once, None where the firmware has no ``uctypes``.

    ``stays`` is what the module keeps, None where the import ran out of memory. ``exceeds`` says that the peak is
    more than was looked at.
    """

    peak: int | None
    stays: int | None
    exceeds: bool


def weigh(board: Weighed, folder: str, module: str, size: int = 0) -> Weight:
    """Import ``module`` from ``folder`` of the board, "" for where it usually is; forget it again.

    ``size`` is its file's, in bytes. Where ``micropython.mem_peak`` told 21.4 kB the peak was 19.7 kB: what happens to
    hold the mark counts as untouched, and so do holes that no piece fell into.
    """
    peak, stays, marked = board.rows(
        "weigh", folder, module, max(_LEAST, _ROOM * size), snippets=("weighing",), repeatable=False, idle=_IDLE
    )[1]
    return Weight(peak, stays, peak is not None and 10 * peak > 9 * marked)
