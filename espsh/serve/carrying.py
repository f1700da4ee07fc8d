"""Bytes between a served port and another program, both ways at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from espsh.base.gone import GONE

CHUNK = 4096


class Port(Protocol):
    """What is used of an open pyserial port; a read that waits has to be cancellable."""

    is_open: bool

    @property
    def in_waiting(self) -> int:
        """The number of bytes that can be read at once."""

    def read(self, size: int = 1, /) -> bytes:
        """Return bytes; OSError when the port is gone."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""

    def cancel_read(self) -> None:
        """Let a read return."""

    def cancel_write(self) -> None:
        """Let a write return."""

    def get_settings(self) -> dict[str, Any]:
        """Return the rate and the other settings of the line."""

    def apply_settings(self, settings: dict[str, Any], /) -> None:
        """Bring back what :meth:`get_settings` gave."""


class Outbox:
    """Bytes on their way into the served port.

    The other program's side has to be emptied at once (a full pty wakes its writer a second late), and the port takes
    bytes at its own rate: so a thread of its own writes them.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._waiting: deque[bytes] = deque()
        self._lock = threading.RLock()  # entered by itself: see Link
        self._changed = threading.Condition(self._lock)
        self._open = True
        self._thread = threading.Thread(target=self._run, name="serve: to the port", daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        """Send ``data`` after what waits."""
        with self._lock:
            self._waiting.append(data)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._waiting.clear()

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            self._open = False
            self._changed.notify_all()
        while self._thread.is_alive():  # it may be just before a write that has to be cancelled, too
            self._port.cancel_write()
            self._thread.join(0.05)

    def _run(self) -> None:
        with contextlib.suppress(*GONE):
            while True:
                with self._lock:
                    self._changed.wait_for(lambda: self._waiting or not self._open)
                    if not self._open:
                        return
                    data = self._waiting.popleft()
                self._port.write(data)


@contextlib.contextmanager
def reading(
    port: Port, take: Callable[[bytes], None], cancelled: Callable[[], bool] = lambda: False
) -> Iterator[socket.socket]:
    """Hand what comes from ``port`` to ``take``, on a thread; what is yielded is readable when that has ended.

    It ends when the port is gone, or is ``cancelled`` and its read returns.
    """
    ended, end = socket.socketpair()
    going = True

    def run() -> None:
        with end, contextlib.suppress(*GONE):
            while going and not cancelled():
                take(bytes(port.read(max(1, min(CHUNK, port.in_waiting)))))

    thread = threading.Thread(target=run, name="serve: from the port", daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        going = False
        while thread.is_alive():
            port.cancel_read()
            thread.join(0.05)
        ended.close()
