"""How fast typed and pasted bytes go to a board that has no flow control.

The receive ring of an ESP32's UART holds 260 bytes, and the REPL takes from it only while it is not running anything.
What it took it echoes, so the echo paces us: a piece is sent when the one before was answered. A line's end may
start a computation, so after one we also wait until the board has gone quiet. A program that echoes nothing gets
its input by time, and never more than the ring holds at once.
"""

from __future__ import annotations

PIECE = 32
"""Bytes sent at once."""
UNECHOED = 192
"""Bytes that may be on their way without an echo; with one more piece that is still less than a ring of 260."""
QUIET_AFTER_LINE = 0.015
"""Seconds of silence after a line's echo that count as "waiting for more"; 115200 baud carries 170 bytes meanwhile."""
NO_ECHO = 0.25
"""Seconds after which a piece counts as taken by something that does not echo."""
STUCK = 5.0
"""Seconds to wait when a ring's worth of bytes went unechoed: whatever runs there is not reading now."""


class Pacer:
    """Holds what is to be sent and says when to send how much. Pure: the time is passed in, in seconds."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._unechoed = 0
        self._awaited = 0
        self._after_line = False
        self._sent_at = 0.0
        self._heard_at = 0.0

    def feed(self, data: bytes) -> None:
        """Take bytes to send. Keys pressed with nothing waiting are a person's, whose pace is slow enough."""
        if data == b"\x03":
            self._waiting.clear()
        if not self._waiting:
            self._unechoed = self._awaited = 0
            self._after_line = False
        self._waiting += data

    def heard(self, count: int, now: float) -> None:
        """Note that the board sent ``count`` bytes."""
        self._unechoed = max(0, self._unechoed - count)
        self._awaited = max(0, self._awaited - count)
        self._heard_at = now

    def due(self, now: float) -> float | None:
        """Return in how many seconds the next piece may go: 0 for now, None where nothing waits."""
        if not self._waiting:
            return None
        if self._unechoed > UNECHOED:
            return max(0.0, self._sent_at + STUCK - now)
        if self._awaited:
            return max(0.0, self._sent_at + NO_ECHO - now)
        if self._after_line:
            return max(0.0, max(self._heard_at, self._sent_at) + QUIET_AFTER_LINE - now)
        return 0.0

    def take(self, now: float) -> bytes:
        """Return the next piece, to be sent now: up to a line's end, at most :data:`PIECE` bytes."""
        if self._unechoed > UNECHOED:
            self._unechoed = 0
        end = min(PIECE, len(self._waiting))
        ends = [at + 1 for at in (self._waiting.find(b"\r", 0, end), self._waiting.find(b"\n", 0, end)) if at >= 0]
        piece = bytes(self._waiting[: min(ends, default=end)])
        del self._waiting[: len(piece)]
        self._unechoed += len(piece)
        self._awaited = len(piece)
        self._after_line = bool(ends)
        self._sent_at = now
        return piece
