"""pyserial's URL handler for ``socket://HOST:PORT``: bytes in any number at a time, refusals in words.

pyserial's own says that one byte waits, however many there are, and never learns that a network cable was pulled.
"""

from __future__ import annotations

import time

import serial

from espsh.ports.network import TroubleError, hung_up
from espsh.ports.tcp import TcpPort

_REFUSED_WITHIN = 0.05
"""Seconds in which a server on this network that has no place or no device for us hangs up."""


class Serial(TcpPort):
    """A connection that carries the board's bytes as they are."""

    def _begin(self) -> None:
        """Listen for a moment whether we are wanted."""
        ends = time.monotonic() + _REFUSED_WITHIN
        try:
            while self._wait(ends - time.monotonic()):
                self._receive()
        except serial.SerialException:
            raise TroubleError(hung_up(self._first)) from None
