"""What the host's operating system does for an open port: a receive buffer, blocking reads, an unplugged cable."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable

ROOM = 65536  # what Linux keeps for a reader that does not come
NEARLY = 12288  # bytes from full: a board that pushes back may wait for this room


class UnpluggedError(OSError):
    """The cable is pulled."""


class HostSide:
    """The host's end of the cable. The machine's thread delivers, the opener's threads read."""

    def __init__(self, made_room: Callable[[], None] = lambda: None) -> None:
        self._made_room = made_room
        self._lock = threading.RLock()
        self.changed = threading.Condition(self._lock)
        self.opened = False
        self._fresh = True  # what the board says before the first open is kept for that open
        self.plugged = True
        self.dropped = 0
        self._dead = False  # the cable was pulled while the port was open: only a new open helps
        self._received = bytearray()
        self._cancelled = False

    def deliver(self, data: bytes) -> None:
        """Hand bytes to the reader; without one, or without room, they are lost as on any host."""
        with self._lock:
            if not (self.opened or self._fresh) or not self.connected:
                return
            room = ROOM - len(self._received)
            self.dropped += max(0, len(data) - room)
            self._received += data[:room]
            self.changed.notify_all()

    def room(self) -> int:
        """Return how many more bytes a reader can leave unread."""
        return ROOM - len(self._received) if self.opened and self.connected else ROOM

    def waiting(self) -> int:
        """Return how many bytes can be read at once."""
        with self._lock:
            if not self._received:
                self.check()
            return len(self._received)

    def read(self, size: int, timeout: float | None) -> bytes:
        """Return ``size`` bytes, or what came in ``timeout`` seconds (None: wait on)."""
        end = None if timeout is None else time.monotonic() + timeout
        out = bytearray()
        with self._lock:
            while True:
                wanted, was_full = size - len(out), len(self._received) > ROOM - NEARLY
                out += self._received[:wanted]
                del self._received[:wanted]
                if was_full:
                    self._made_room()
                if len(out) >= size or self._cancelled or not self.opened:
                    break
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    break
                if not out:
                    self.check()
                self.changed.wait(left)
            self._cancelled = False
        return bytes(out)

    def open(self) -> str:
        """Take the port; return why it cannot be had, or nothing. What came while it was closed is lost."""
        with self._lock:
            if self.opened:
                return "busy (this program has it open already)"
            if not self.plugged:
                return "no such device (the cable is pulled)"
            if not self._fresh:
                self._received.clear()
            self._fresh = self._cancelled = self._dead = False
            self.opened = True
            return ""

    def close(self) -> None:
        """Let go of the port; a read that waits returns."""
        with self._lock:
            self.opened = False
            self._received.clear()
            self.changed.notify_all()

    def set(self, *, plugged: bool) -> None:
        """Plug or unplug the cable."""
        with self._lock:
            self.plugged = plugged
            self._dead = self._dead or (self.opened and not plugged)
            self.changed.notify_all()

    def clear(self) -> None:
        """Forget what has not been read."""
        with self._lock:
            self._received.clear()
            self.changed.notify_all()
        self._made_room()

    def cancel(self) -> None:
        """Let a read that waits return now."""
        with self._lock:
            self._cancelled = True
            self.changed.notify_all()

    @property
    def connected(self) -> bool:
        """Whether bytes of the open port can reach the board."""
        return self.plugged and not self._dead

    def check(self) -> None:
        """Raise UnpluggedError when the cable is pulled, or was since the open."""
        if not self.connected:
            raise UnpluggedError(errno.EIO, "device disconnected: the cable of the virtual board was pulled")
