"""A board's friendly prompt in a user's hands."""

from __future__ import annotations

import threading
from collections.abc import Callable

from espsh.board.link import Link


class Wire:
    """The bytes of a board's friendly prompt, for a user's terminal. ``lost`` is set when the port is gone."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._end: Callable[[], None] = lambda: None
        self.lost = threading.Event()
        if link.lost is not None:
            self.lost.set()

    def write(self, data: bytes) -> None:
        """Send bytes to the board."""
        self._link.write(data)

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand ``listener``, the only one, what the board has sent and will send; the returned function ends that."""
        self._end = self._link.divert(listener)
        return self.end

    def end(self) -> None:
        """Hand on nothing more."""
        self._end()
