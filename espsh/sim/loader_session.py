"""What a loader knows while a host talks to it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from espsh.sim import packets, slip
from espsh.sim.board_uart import BoardUart
from espsh.sim.flash import FlashImage
from espsh.sim.flash_writer import FlashTimes, FlashWriter
from espsh.sim.packets import STATUSES, Request
from espsh.sim.programs import Reset
from espsh.sim.registers import Registers
from espsh.sim.silicon import Silicon


@dataclass(frozen=True, eq=False)
class Board:
    """What the loader works on.

    ``security`` is the answer to GET_SECURITY_INFO; ``runs_stubs`` lets a stub come up; ``secure_download`` leaves
    little of the loader.
    """

    silicon: Silicon
    registers: Registers
    image: FlashImage
    times: FlashTimes
    security: bytes
    runs_stubs: bool = True
    secure_download: bool = False


class Session:
    """The loader's state: whether the ``stub`` runs, the write that goes on, what comes afterwards.

    ``received`` are packets that wait. ``late`` is what went wrong after its command was answered; the next answer of
    a write tells it. The watchdog ``bites_at`` a time when a host has set it. ``now`` is the emulated time of the step.
    """

    def __init__(self, board: Board, uart: BoardUart, received: deque[bytes]) -> None:
        self.board = board
        self.uart = uart
        self.received = received
        self.now = 0.0
        self.stub = False
        self.uploaded = False
        self.writer: FlashWriter | None = None
        self.late: int | None = None
        self.wish: Reset | None = None
        self.bites_at: float | None = None

    def answer(self, request: Request, value: int = 0, data: bytes = b"") -> None:
        """Say that the command was carried out."""
        self._answer(request, value, data, (0, 0))

    def refuse(self, request: Request, why: int) -> None:
        """Say why it was not."""
        self._answer(request, 0, b"", STATUSES[why][self.stub])

    def send(self, packet: bytes) -> float:
        """Send a packet that is no answer; return the seconds it takes on the line."""
        framed = slip.frame(packet)
        self.uart.push(framed, self.now)
        return len(framed) * self.uart.line.byte_time

    def _answer(self, request: Request, value: int, data: bytes, status: tuple[int, int]) -> None:
        size = 2 if self.stub else self.board.silicon.rom_status
        self.uart.push(packets.answer(request.command, value, data, status, size), self.now)
