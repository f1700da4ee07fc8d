"""The line between host and board: rates, and the bridge's latency. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

BITS_PER_BYTE = 10  # start, 8 data, stop
BRIDGE_PACKET = 62  # a USB bridge sends at once when a packet is full
QUANTUM = 0.001  # bytes are moved in steps of this many seconds


@dataclass(frozen=True)
class _Change:
    """A new rate, from the byte on that is number ``at`` of all."""

    at: int
    baud: int
    done: Callable[[], None]


class Line:
    """One direction of a UART: bytes go in at any time and come out at the rate ``baud`` (0: at once)."""

    def __init__(self, baud: int) -> None:
        self.baud = baud
        self._queue = bytearray()
        self._start = 0.0
        self._sent = 0
        self._changes: deque[_Change] = deque()

    @property
    def byte_time(self) -> float:
        """The seconds a byte takes."""
        return BITS_PER_BYTE / self.baud if self.baud else 0.0

    def __len__(self) -> int:
        return len(self._queue)

    def push(self, data: bytes, now: float) -> None:
        """Put ``data`` behind what waits."""
        if not self._queue:
            self._start = max(self._start, now)
        self._queue += data

    def change(self, baud: int, now: float, left: int, done: Callable[[], None] = lambda: None) -> None:
        """Take another rate when only ``left`` bytes of what waits are to be sent: these go at ``baud``.

        ``done`` is called at that moment. What has passed by ``now`` has passed at the old rate.
        """
        at = self._sent + max(len(self._queue) - left, self._passed(now))
        self._changes.append(_Change(max(at, self._changes[-1].at if self._changes else 0), baud, done))

    def take(self, now: float) -> bytes:
        """Return bytes whose last bit has passed by ``now``, all sent at ``baud``: none is left when it is empty."""
        while self._changes and self._changes[0].at <= self._sent:
            change = self._changes.popleft()
            self.baud = change.baud
            change.done()
        count = min(self._passed(now), self._until_change())
        out = bytes(self._queue[:count])
        del self._queue[:count]
        self._sent += count
        self._start += count * self.byte_time
        return out

    def due(self) -> float | None:
        """Return when it is worth looking again, or None while nothing waits."""
        if not self._queue:
            return None
        steps = min(self._until_change(), max(1, int(QUANTUM / self.byte_time))) if self.byte_time else 0
        return self._start + steps * self.byte_time

    def clear(self) -> None:
        """Forget what waits, and rates to come."""
        self._queue.clear()
        self._changes.clear()

    def _passed(self, now: float) -> int:
        count = len(self._queue)
        return max(0, min(count, int((now - self._start) / self.byte_time + 1e-6))) if self.byte_time else count

    def _until_change(self) -> int:
        return min(len(self._queue), self._changes[0].at - self._sent) if self._changes else len(self._queue)


class Bridge:
    """The USB bridge: collects host-bound bytes and hands them on after ``latency`` seconds or a full packet."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self._held = bytearray()
        self._due = 0.0

    def push(self, data: bytes, now: float) -> None:
        """Take bytes off the line."""
        if data and not self._held:
            self._due = now + self.latency
        self._held += data

    def take(self, now: float) -> bytes:
        """Return what the host gets by ``now``."""
        if now + 1e-9 >= self._due or not self.latency:
            count = len(self._held)
        else:
            count = len(self._held) - len(self._held) % BRIDGE_PACKET
        out = bytes(self._held[:count])
        del self._held[:count]
        return out

    def due(self) -> float | None:
        """Return when the latency timer ends, or None while nothing is held."""
        return self._due if self._held else None

    def flush(self) -> bytes:
        """Return what is held, whether due or not."""
        out = bytes(self._held)
        self._held.clear()
        return out


_GARBAGE = bytes(((value * 167 + 13) & 0xFF) | 0x80 for value in range(256))


def garble(data: bytes) -> bytes:
    """Return what a UART makes of bytes sent at another rate: never by chance a good one."""
    return data.translate(_GARBAGE)
