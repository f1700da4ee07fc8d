"""How long a wait may take: over all, and without anything happening."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """A bound in seconds on a whole operation (``overall``) and on the silence inside it (``idle``).

    Both are needed: a device that sends a byte every second never trips an idle bound, and a healthy
    long operation must not be cut while it makes progress.
    """

    def __init__(
        self, overall: float, idle: float | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._idle = idle
        self._end = clock() + overall
        self._quiet_since = clock()

    def touch(self) -> None:
        """Note that something happened: the idle bound starts again."""
        self._quiet_since = self._clock()

    @property
    def remaining(self) -> float:
        """Seconds left until the nearer bound; never negative."""
        now = self._clock()
        left = self._end - now
        if self._idle is not None:
            left = min(left, self._quiet_since + self._idle - now)
        return max(0.0, left)

    @property
    def expired(self) -> bool:
        """Whether one of the bounds has passed."""
        return self.remaining <= 0.0
