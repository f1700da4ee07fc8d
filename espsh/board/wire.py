"""A board's friendly prompt in a user's hands."""

from __future__ import annotations

import threading
from collections.abc import Callable

from espsh.board.link import Link
from espsh.errors import EspshError


class Wire:
    """The bytes of a board's friendly prompt, for a user's terminal. ``reopen`` opens a port that was lost again."""

    def __init__(self, link: Link, reopen: Callable[[float], Link]) -> None:
        self._link = link
        self._reopen = reopen
        self._listener: Callable[[bytes], None] | None = None
        self._end: Callable[[], None] = lambda: None
        self._turn = threading.RLock()

    @property
    def lost(self) -> str | None:
        """Why the port is gone, None while it is there."""
        return self._link.lost

    def await_return(self, seconds: float) -> bool:
        """Wait so long for a port that was lost; tell whether it is back, and go on with it. Nothing is sent there."""
        try:
            link = self._reopen(seconds)
        except EspshError:
            return False
        with self._turn:
            self._link = link
            if self._listener is not None:
                self._end = link.divert(self._listener)
        return True

    def write(self, data: bytes) -> None:
        """Send bytes to the board."""
        with self._turn:
            self._link.write(data)

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand ``listener``, the only one, what the board has sent and will send; the returned function ends that."""
        with self._turn:
            self._listener = listener
            self._end = self._link.divert(listener)
        return self.end

    def borrow(self, work: Callable[[], bytes]) -> None:
        """Let ``work`` use the link, from any thread; meanwhile nothing is shown and what is typed waits.

        What it returns is shown instead of what it was answered. It does not run where the user has left.
        """
        with self._turn:
            if self._listener is None:
                return
            self._end()
            try:
                shown = work()
            finally:
                self._end = self._link.divert(self._listener)
            self._listener(shown)

    def end(self) -> None:
        """Hand on nothing more."""
        with self._turn:
            self._listener = None
            self._end()
