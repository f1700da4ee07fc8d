"""How a user hears of transfers: by lines that are drawn while they last, or by a remark now and then."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from espsh.base.events import Progress
from espsh.base.world import World
from espsh.shell.gauges import sentence
from espsh.shell.size import size_of
from espsh.shell.transfers import Transfers

if TYPE_CHECKING:
    from espsh.shell.live import LiveLines

PATIENCE = 0.5
"""Seconds a transfer may take before it is drawn: what is over sooner needs no line."""

SELDOM = 10.0
"""Seconds between two remarks on a transfer."""

_REDRAW = 0.1


class ProgressView(Protocol):
    """Follows transfers for the user."""

    def hear(self, event: Progress, /) -> None:
        """Take news."""

    def erase(self) -> None:
        """Take away what is drawn, since something else is to be written; it may come back with the next news."""

    def settle(self) -> None:
        """Forget all transfers: the command has ended."""


class SaidProgress:
    """A remark each ten seconds, for a log and for a terminal that can do no more than lines."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._lock = threading.Lock()
        self._transfers = Transfers(clock)

    def hear(self, event: Progress) -> None:
        """Say how far it is, if the last remark was long ago."""
        with self._lock:
            now = self._clock()
            transfer = self._transfers.take(event)
            due = now - transfer.told >= SELDOM
            if due:
                transfer.told = now
        if due:
            self._say(sentence(transfer.gauge(now)))

    def erase(self) -> None:
        """Do nothing: what is said stays."""

    def settle(self) -> None:
        """Forget all transfers."""
        with self._lock:
            self._transfers.clear()


class DrawnProgress:
    """Lines at the terminal's end, drawn by a thread of their own: rich is loaded and at work beside the transfer.

    All that is drawn and erased is under ``lock``, the screen's. The thread lasts as long as there are transfers, and
    draws only if there was news since something else was written: what comes next may want the terminal for itself.
    """

    def __init__(
        self, world: World, lock: threading.RLock, clock: Callable[[], float], may_draw: Callable[[], bool], *,
        colour: bool,
    ) -> None:  # fmt: skip
        self._world = world
        self._lock = lock
        self._may_draw = may_draw
        self._colour = colour
        self._transfers = Transfers(clock)
        self._news = False
        self._thread: threading.Thread | None = None
        self._lines: LiveLines | None = None

    def hear(self, event: Progress) -> None:
        """Take news; the end of the last transfer takes its line away at once."""
        with self._lock:
            self._transfers.take(event)
            self._news = True
            if not self._transfers:
                self.settle()
            elif self._thread is None:
                self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
                self._thread.start()

    def erase(self) -> None:
        """Take the lines away."""
        with self._lock:
            self._news = False
            if self._lines is not None:
                self._lines.erase()

    def settle(self) -> None:
        """Forget all transfers and take the lines away."""
        with self._lock:
            self._transfers.clear()
            self.erase()
            if self._lines is not None:
                self._lines = None
                atexit.unregister(self.settle)

    def _run(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone, which is for the command to tell
            while self._goes_on():
                if self._due():
                    from espsh.shell.live import LiveLines

                    self._draw(LiveLines)
                time.sleep(_REDRAW)

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._transfers:
                self._thread = None
            return self._thread is not None

    def _due(self) -> bool:
        with self._lock:
            return self._news and self._may_draw() and bool(self._lines or self._transfers.lasting(PATIENCE))

    def _draw(self, lines: type[LiveLines]) -> None:
        """Draw, unless all is over by now: loading rich took its time."""
        with self._lock:
            if not self._due():
                return
            if self._lines is None:
                self._lines = lines(self._world.stderr, self._world.env, colour=self._colour)
                atexit.register(self.settle)  # for an end by a signal, after which nobody settles the screen
            self._lines.draw(self._transfers.lasting(PATIENCE), size_of(self._world))
