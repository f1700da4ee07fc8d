"""How the host's modem lines and the board's TX are wired."""

from __future__ import annotations

from typing import NamedTuple

EN_RISE = 0.15
"""Seconds that the capacitor holds EN low where only DTR has let go of it (both lines asserted).

Generous: a client of RFC 2217 changes one line after the other, 50 ms apart, and pyserial's is one.
"""


class Wiring(NamedTuple):
    """Which pins can be reached: EN and IO0 by RTS and DTR, and whether the board's TX reaches the host."""

    resets: bool = True
    downloads: bool = True
    speaks: bool = True


WIRINGS = {
    "auto": Wiring(),
    "reset": Wiring(downloads=False),
    "none": Wiring(resets=False),
    "mute": Wiring(speaks=False),
}


class ResetCircuit:
    """Two transistors that make EN (RTS alone) and IO0 (DTR alone) of the modem lines.

    ``set`` returns what the chip does: "hold", "run", "download" or nothing. While both lines are asserted after a
    reset the chip waits; ``due`` is when the capacitor ends that, and ``take`` returns what it does then.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._low = False
        self.due: float | None = None

    def set(self, *, dtr: bool, rts: bool, now: float) -> str:
        """Take the lines' levels, True for asserted."""
        if not self._wiring.resets:
            return ""
        if rts and not dtr:
            held, self._low, self.due = self._low and self.due is None, True, None
            return "" if held else "hold"
        if not self._low:
            return ""
        if rts:
            self.due = now + EN_RISE if self.due is None else self.due
            return ""
        return self._release(download=dtr)

    def take(self, now: float) -> str:
        """Return what the chip does when the capacitor is charged."""
        return self._release(download=False) if self.due is not None and now >= self.due else ""

    def _release(self, *, download: bool) -> str:
        self._low, self.due = False, None
        return "download" if download and self._wiring.downloads else "run"
