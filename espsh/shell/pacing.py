"""How fast typed and pasted bytes go to a board that has no flow control.

The receive ring of an ESP32's UART holds 260 bytes, and the REPL takes from it only while it is not running anything.
What it took it echoes, so the echo paces us: a piece is sent when the one before was answered. A line's end may
start a computation; then the echo comes but no prompt, and we wait for that too. A program that echoes nothing gets
its input by time, and only as much as the ring holds at once.
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
"""Seconds to wait for a prompt after a line's echo, and for anything when the ring may be full."""


class Pacer:
    """Holds what is to be sent and says when to send how much. Pure: the time is passed in, in seconds."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._unechoed = 0
        self._piece = b""
        self._answered = 0
        self._sent_at = 0.0
        self._heard_at = 0.0

    def feed(self, data: bytes) -> None:
        """Take bytes to send. Keys pressed with nothing waiting are a person's, whose pace is slow enough."""
        if data == b"\x03":
            self.drop()
        if not self._waiting:
            self._unechoed = 0
            self._piece = b""
        self._waiting += data

    def drop(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def heard(self, count: int, now: float) -> None:
        """Note that the board sent ``count`` bytes."""
        self._unechoed = max(0, self._unechoed - count)
        self._answered += count
        self._heard_at = now

    def due(self, now: float) -> float | None:
        """Return in how many seconds the next piece may go: 0 for now, None where nothing waits."""
        if not self._waiting:
            return None
        return max(0.0, self._next_at() - now)

    def _next_at(self) -> float:
        """Return when the next piece may go."""
        last = max(self._heard_at, self._sent_at)
        if self._unechoed > UNECHOED:
            return last + STUCK
        if self._answered < len(self._piece):
            return self._sent_at + NO_ECHO
        if not self._piece.endswith(b"\r"):
            return 0.0
        # CR comes back as CR LF; whatever follows that is the prompt.
        return last + (QUIET_AFTER_LINE if self._answered > len(self._piece) + 1 else STUCK)

    def take(self, now: float) -> bytes:
        """Return the next piece, to be sent now: up to a line's end, at most :data:`PIECE` bytes."""
        if self._unechoed > UNECHOED:
            self._unechoed -= PIECE
        end = min(PIECE, len(self._waiting))
        self._piece = bytes(self._waiting[: self._waiting.find(b"\r", 0, end) + 1 or end])
        del self._waiting[: len(self._piece)]
        self._unechoed += len(self._piece)
        self._answered = 0
        self._sent_at = now
        return self._piece
