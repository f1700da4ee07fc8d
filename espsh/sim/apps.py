"""What may sit behind a port instead of MicroPython: ``app=chatter``, ``silent`` or ``bootloop``."""

from __future__ import annotations

from collections.abc import Callable


class App:
    """Firmware that prints ``line`` every ``period`` seconds and reads nothing."""

    def __init__(self, now: float, line: bytes, period: float) -> None:
        self._line = line
        self._period = period
        self._next: float | None = now + period if line else None
        self._count = 0

    def take(self, now: float) -> bytes:
        """Return what it prints by ``now``."""
        if self._next is None or now < self._next:
            return b""
        self._next = now + self._period
        self._count += 1
        return self._line.replace(b"%d", b"%d" % self._count)

    def due(self) -> float | None:
        """Return when it prints next."""
        return self._next


_BLANK_FLASH = b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x7 (TG0WDT_SYS_RESET),boot:0x12 (SPI_FAST_FLASH_BOOT)\r\n"

APPS: dict[str, Callable[[float], App]] = {
    "chatter": lambda now: App(now, b"I (%d) sensor: temperature 21.5, humidity 40\r\n", 0.010),
    "silent": lambda now: App(now, b"", 0),
    "bootloop": lambda now: App(now, _BLANK_FLASH, 0.3),
}
