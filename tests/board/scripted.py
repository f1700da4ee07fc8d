"""A port that a test plays: what the board says to what it hears, without a process behind it."""

from __future__ import annotations

import queue
from collections.abc import Callable

import serial

Answer = Callable[[bytes], bytes]


class ScriptedPort:
    """Looks like pyserial's object. ``answer`` gets each write and returns what the board says to it."""

    def __init__(self, answer: Answer = lambda _: b"", *, first: bytes = b"") -> None:
        self.answer = answer
        self.written: list[bytes] = []
        self.baudrate = 115200
        self.rts = self.dtr = True
        self.is_open = True
        self.lines: list[tuple[str, bool]] = []
        self._pending: queue.Queue[bytes | None] = queue.Queue()
        self._rest = b""
        if first:
            self._pending.put(first)

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("rts", "dtr") and hasattr(self, "lines"):
            self.lines.append((name, bool(value)))
        super().__setattr__(name, value)

    def say(self, data: bytes) -> None:
        """Let the board say something by itself."""
        self._pending.put(data)

    def unplug(self) -> None:
        """Pull the cable."""
        self._pending.put(None)

    def read(self, size: int = 1) -> bytes:
        if not self._rest:
            try:
                item = self._pending.get(timeout=0.05)
            except queue.Empty:
                return b""
            if item is None:
                raise serial.SerialException("device reports readiness to read but returned no data")
            self._rest = item
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    @property
    def in_waiting(self) -> int:
        return len(self._rest)

    def write(self, data: bytes) -> int:
        self.written.append(data)
        if said := self.answer(data):
            self._pending.put(said)
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.is_open = False
