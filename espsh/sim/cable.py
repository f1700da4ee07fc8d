"""The two wires between the host's UART and the board's: what arrives of what is sent, with the rates of both ends."""

from __future__ import annotations

from espsh.sim.board_uart import BoardUart
from espsh.sim.uart import Line, garble

TOLERANCE = 0.03  # two UARTs whose rates differ by so much still understand each other; 2.1 % was seen to work
_SLOWEST = 50


class Cable:
    """Carries bytes up to the board and down to the host; at a rate above ``limit`` it makes garbage of all.

    Both ends change their rates when they like. What the host has not sent yet goes at its new rate, as with any
    driver. Native USB (``board`` without a rate) has no rates: nothing is paced and nothing is garbled.
    """

    def __init__(self, board: BoardUart, host: int, limit: int) -> None:
        self._board = board
        self._paced = bool(board.hears)
        self._limit = limit
        self._host = host
        self.up = Line(max(host, _SLOWEST) if self._paced else 0)
        self.down = board.line

    def set_host(self, baud: int, now: float) -> None:
        """Take another rate at the host's end; take what has passed before."""
        self._host = baud
        if self._paced:
            self.up.change(max(baud, _SLOWEST), now, len(self.up))

    def take_up(self, now: float) -> bytes:
        """Return what the board hears by ``now``."""
        out = b""
        while data := self.up.take(now):
            if self._board.measuring:
                self._board.measured(self.up.baud, now)
            out += self._heard(data, self.up.baud, self._board.hears)
        return out

    def take_down(self, now: float) -> bytes:
        """Return what the host's end hears by ``now``."""
        out = b""
        while data := self.down.take(now):
            out += self._heard(data, self.down.baud, self._host)
        return out

    def _heard(self, data: bytes, sent: int, hears: int) -> bytes:
        good = max(sent, hears) <= self._limit and abs(sent - hears) <= TOLERANCE * hears
        return data if good or not self._paced else garble(data)
