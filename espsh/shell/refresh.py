"""What TAB did not know: a board's directory, listed behind the prompt while the user goes on typing."""

from __future__ import annotations

import threading
from collections.abc import Callable

from espsh.base.location import Location
from espsh.core.session import Session
from espsh.errors import EspshError


class Refresh:
    """Lists one directory at a time in a thread of its own.

    Only a board that waits at our prompt is asked: completing a word must not interrupt a program. A command that
    starts meanwhile waits for the listing to end, a fraction of a second, since a board serves one thread at a time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._worker: threading.Thread | None = None

    def want(self, location: Location, done: Callable[[], None]) -> None:
        """List the directory soon, unless another one is being listed; then call ``done`` in that thread."""
        board = self._session.boards.get(location.place)
        if (
            board is None
            or not board.idle
            or self._session.jobs.holder(board)
            or (self._worker is not None and self._worker.is_alive())
        ):
            return
        self._worker = threading.Thread(target=self._list, args=(location, done), name="completion", daemon=True)
        self._worker.start()

    def rest(self) -> None:
        """Wait until nothing is being listed."""
        if self._worker is not None:
            self._worker.join()

    def _list(self, location: Location, done: Callable[[], None]) -> None:
        try:
            self._session.files(location.place).listdir(location.path)
        except EspshError:
            return
        done()
