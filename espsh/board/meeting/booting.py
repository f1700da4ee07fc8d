"""Watching a board start, until it is up or until it is clear why not."""

from __future__ import annotations

import time
from collections.abc import Callable

from espsh.diagnose.verdict import Diagnosis
from espsh.errors import LinkLostError

PATIENCE = 10.0
"""Seconds in which a board starts, or shows twice why it does not: blank flash shows it each second or two."""


def watch_boot(
    listen: Callable[[float], bytes], patience: float = PATIENCE, *, clock: Callable[[], float] = time.monotonic
) -> Diagnosis:
    """Return what a board says from now on, read until it is settled, for ``patience`` seconds at most.

    ``listen`` is :meth:`Board.listen`: seconds to bytes. A port that goes with the reset is waited for by it.
    """
    diagnosis = Diagnosis()
    end = clock() + patience
    while not diagnosis.settled and (left := end - clock()) > 0:
        try:
            diagnosis.feed(listen(left))
        except LinkLostError:
            continue  # the board's own USB went with the reset; the next listen waits for it
    diagnosis.end()
    return diagnosis
