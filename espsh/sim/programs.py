"""What runs on a chip: the seam between it and MicroPython, other firmware, a failed boot, the ROM's loader."""

from __future__ import annotations

from typing import NamedTuple

from espsh.sim.apps import App
from espsh.sim.board_uart import BoardUart


class Reset(NamedTuple):
    """The reset a program asks for: its reason, and whether the ROM's loader comes up."""

    reason: str
    download: bool = False


class Program:
    """Something that has the chip; this one does nothing and listens to nothing.

    ``started``: its code runs and the board can be used. ``starts`` counts how often it was started, ``dropped`` the
    bytes for which its receive ring had no room, ``stuck`` is what arrived and waits outside of it.
    """

    started = True
    starts = 0
    dropped = 0
    stuck = b""

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes off the line."""

    def run(self, now: float, *, may_transmit: bool) -> Reset | None:
        """Do what is due; return the reset it asks for."""
        return None

    def due(self) -> float | None:
        """Return when it wants to run although nothing has arrived."""
        return None

    def output(self) -> int | None:
        """Return a descriptor that can be read when it has something to transmit."""
        return None

    def watched(self) -> list[tuple[int, int]]:
        """Return descriptors and what of them to wait for (``select.poll``), whether it may transmit or not."""
        return []

    def push_on(self) -> None:
        """Try again to hand on what is ``stuck``."""

    def stall(self) -> bool:
        """Halt it as flash writes of another task do; False when it cannot be halted."""
        return False

    def go_on(self) -> None:
        """End a stall."""

    def stop(self) -> None:
        """End it at once, and give back what it holds."""


class Printer(Program):
    """Firmware that prints and does not listen."""

    def __init__(self, app: App, uart: BoardUart) -> None:
        self._app = app
        self._uart = uart

    def run(self, now: float, *, may_transmit: bool) -> Reset | None:
        """Print what is due."""
        if may_transmit:
            self._uart.push(self._app.take(now), now)
        return None

    def due(self) -> float | None:
        """Return when it prints next."""
        return self._app.due()


class Failed(Program):
    """A boot that came to nothing: after ``seconds`` a reset follows, and the same again."""

    def __init__(self, reason: str, at: float) -> None:
        self._reset = Reset(reason)
        self._at = at

    def run(self, now: float, *, may_transmit: bool) -> Reset | None:
        """Ask for the reset when it is time and all is said."""
        return self._reset if may_transmit and now >= self._at else None

    def due(self) -> float | None:
        """Return when the reset is due."""
        return self._at
