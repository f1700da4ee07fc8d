"""What happened, told to whoever listens. Workers emit, the front ends draw."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple


class Notice(NamedTuple):
    """A sentence the user should see once: what was interrupted, what was swept."""

    board: str
    text: str


class BoardConnected(NamedTuple):
    """A board answers under this name."""

    board: str


class BoardLost(NamedTuple):
    """A board's port went away."""

    board: str
    reason: str


class TransferBegins(NamedTuple):
    """Files are about to be written to a board: their ``paths`` there, and the bytes of all, None if not known."""

    board: str
    paths: tuple[str, ...]
    size: int | None


class Flashed(NamedTuple):
    """Firmware was written and verified; ``outcome`` says what came of it, as the user sees it."""

    board: str
    outcome: str


class StrayOutput(NamedTuple):
    """Bytes a board sent that answer no request: log lines, prints of background threads."""

    board: str
    data: bytes


class Progress(NamedTuple):
    """``done`` of ``total`` bytes moved; ``total`` is None where it is not known.

    ``what`` is the file that moves now: the one at ``place`` (from 1) ``of`` those that move in one go. ``wire`` are
    the bytes that ``done`` took on the line, 0 where that is not known.
    """

    board: str
    what: str
    done: int
    total: int | None
    place: int = 1
    of: int = 1
    wire: int = 0


Event = Notice | BoardConnected | BoardLost | TransferBegins | Flashed | StrayOutput | Progress
"""Something worth telling about ``board``: a name, or "" for none."""

Listener = Callable[[Event], None]


class EventBus:
    """Hands every event to every listener, in the thread that emits it."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for each event from now on; the returned function ends that."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def emit(self, event: Event) -> None:
        """Tell all listeners."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)
