"""The line between host and board: rates, the bridge's latency, the receive ring. Pure: time is an argument."""

from __future__ import annotations

BITS_PER_BYTE = 10  # start, 8 data, stop
BRIDGE_PACKET = 62  # a USB bridge sends at once when a packet is full
QUANTUM = 0.001  # bytes are moved in steps of this many seconds


class Line:
    """One direction of a UART: bytes go in at any time and come out at the line's rate (``baud`` 0: at once)."""

    def __init__(self, baud: int) -> None:
        self.byte_time = BITS_PER_BYTE / baud if baud else 0.0
        self._queue = bytearray()
        self._start = 0.0

    def __len__(self) -> int:
        return len(self._queue)

    def push(self, data: bytes, now: float) -> None:
        """Put ``data`` behind what waits."""
        if not self._queue:
            self._start = max(self._start, now)
        self._queue += data

    def take(self, now: float) -> bytes:
        """Return the bytes whose last bit has passed by ``now``."""
        if not self._queue:
            return b""
        count = len(self._queue)
        if self.byte_time:
            count = min(count, int((now - self._start) / self.byte_time + 1e-6))
        if count <= 0:
            return b""
        out = bytes(self._queue[:count])
        del self._queue[:count]
        self._start += count * self.byte_time
        return out

    def due(self) -> float | None:
        """Return when it is worth looking again, or None while nothing waits."""
        if not self._queue:
            return None
        steps = min(len(self._queue), max(1, int(QUANTUM / self.byte_time))) if self.byte_time else 0
        return self._start + steps * self.byte_time

    def clear(self) -> None:
        """Forget what waits."""
        self._queue.clear()


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
