"""Emulated time, which never jumps.

A loaded computer runs the emulation late. If the line went on meanwhile, bytes would arrive in a burst no UART sends,
and be dropped for a reason no board has. So emulated time stands still while the emulation is late, and what was lost
is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable

GRACE = 0.0005  # a timer of the host is this much late as a rule; only more is lost time


class EmulatedClock:
    """Seconds of the board's line; ``lost`` is how long it stood still."""

    def __init__(self, source: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self.lost = 0.0

    def now(self) -> float:
        """Return the emulated time."""
        return self._source() - self.lost

    def woke(self, due: float | None) -> float:
        """Return the time after a wait until ``due``; being late makes time stand still."""
        now = self.now()
        if due is not None and now > due + GRACE:
            self.lost += now - due - GRACE
            now = due + GRACE
        return now

    def hold(self, seconds: float) -> None:
        """Let ``seconds`` not have happened."""
        self.lost += seconds
