"""The UART of a board's console: its rate, which a program can change with ``machine.UART``, and its quirks.

The divisor of an ESP32's UART changes at once and for both directions. MicroPython's console has no driver of the IDF,
so ``machine.UART`` waits for nothing: the bytes in the transmitter (128 at most) are sent at the new rate. A soft reset
keeps the rate, a reset of the chip does not. (Measured with 1.23 and 1.24; from the firmware's source.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from espsh.sim.clock import EmulatedClock
from espsh.sim.uart import Line

FIFO = 128  # bytes a transmitter holds; a program that prints more waits
PUNCTUAL = 0.002  # seconds


@dataclass(frozen=True)
class Quirk:
    """What ``machine.UART(0, baudrate)`` does: whether each half takes the rate, and whether it raises OSError."""

    sends: bool = True
    hears: bool = True
    raises: bool = False


QUIRKS = {
    "works": Quirk(),
    "raises": Quirk(raises=True),  # 1.23 and 1.24
    "refuses": Quirk(sends=False, hears=False, raises=True),
    "stuck": Quirk(sends=False, hears=False),
    "deaf": Quirk(hears=False),
    "mute": Quirk(sends=False),
}


class BoardUart:
    """The console's UART; ``baud`` 0 is a console on native USB, which has no rate.

    ``line`` is what it transmits on, ``hears`` the rate of its receiver. While it is ``measuring``, as a ROM does that
    waits for a host, the rate of what comes becomes its own. ``rom_baud`` is the rate after a reset, 0 for ``baud``.
    """

    def __init__(self, baud: int, quirk: str, clock: EmulatedClock, rom_baud: int = 0) -> None:
        self._first = (rom_baud or baud) if baud else 0
        self._console = baud
        self.line = Line(self._first)
        self.hears = self._first
        self.measuring = False
        self._quirk = QUIRKS[quirk]
        self._clock = clock
        self._lost_before = 0.0

    def push(self, data: bytes, now: float) -> None:
        """Transmit."""
        if not len(self.line):
            self._lost_before = self._clock.lost
        self.line.push(data, now)

    def set_rate(self, baud: int, asked_at: float, now: float, done: Callable[[], None]) -> None:
        """Take a rate that a program asked for at ``asked_at`` (on ``time.monotonic``); call ``done`` when it is set.

        A program that gave its last bytes time to leave must not see them garbled since this computer is late: then
        all that waits is sent before.
        """
        lost = self._clock.lost - self._lost_before if len(self.line) else 0.0
        punctual = max(time.monotonic() - asked_at, lost) < PUNCTUAL
        self._change(baud, now, FIFO if punctual else 0, self._quirk, done)

    def restart(self, now: float) -> None:
        """Take the first rate again, as a reset of the chip does, for what is transmitted from now on."""
        self.measuring = False
        self.change(self._first, now)

    def hand_over(self, now: float) -> None:
        """Take the console's rate, as firmware does that starts."""
        if self._console != self._first:
            self.change(self._console, now)

    def change(self, baud: int, now: float) -> None:
        """Take another rate both ways, when all that waits is sent."""
        if self._first:
            self._change(baud, now, 0, Quirk(), lambda: None)

    def measured(self, baud: int, now: float) -> None:
        """Take the rate that a host was heard at."""
        self.measuring = False
        self.hears = baud
        self.line.change(baud, now, len(self.line))

    def _change(self, baud: int, now: float, left: int, half: Quirk, done: Callable[[], None]) -> None:
        def take_effect() -> None:
            if half.hears:
                self.hears = baud
            done()

        self.line.change(baud if half.sends else self.line.baud, now, left, take_effect)
