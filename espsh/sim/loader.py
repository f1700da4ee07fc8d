"""The ROM's loader at work: requests come in, each takes its time, answers go out. What arrives meanwhile waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from espsh.sim.board_uart import BoardUart
from espsh.sim.loader_commands import Step
from espsh.sim.loader_session import Board, Session
from espsh.sim.loader_table import command_for
from espsh.sim.packets import UNKNOWN, RefusedError, Request, read_request
from espsh.sim.programs import Program, Reset
from espsh.sim.rom_texts import WATCHDOG
from espsh.sim.slip import Deframer


class Loader(Program):
    """The loader in the ROM, until a host runs the stub, and the stub from then on."""

    def __init__(self, board: Board, uart: BoardUart) -> None:
        self._packets: deque[bytes] = deque()
        self._session = Session(board, uart, self._packets)
        self._deframer = Deframer()
        self._work: Iterator[Step] | None = None
        self._ready: float | None = None
        self._arrived = 0.0
        uart.measuring = True

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes off the line."""
        if not self._packets:
            self._arrived = now
        self._packets.extend(self._deframer.feed(data))

    def run(self, now: float, *, may_transmit: bool) -> Reset | None:
        """Do one step of what is asked for."""
        bites_at = self._session.bites_at
        if bites_at is not None and now >= bites_at:
            return Reset(WATCHDOG)
        due = self._next_step()
        if not may_transmit or due is None or now < due:
            return None
        if self._work is None:
            request = read_request(self._packets.popleft())
            if request is None:
                return None
            self._work = self._carry_out(request)
        self._session.now = now
        step = next(self._work, self._work)
        if step is self._work:
            self._work = self._ready = None
            return self._session.wish
        self._ready = due + step if isinstance(step, float) else None
        return None

    def due(self) -> float | None:
        """Return when the next step is due, or the watchdog bites."""
        return min((at for at in (self._next_step(), self._session.bites_at) if at is not None), default=None)

    def _next_step(self) -> float | None:
        """Return when work goes on: it waits for its time, or for a packet."""
        if self._work is not None and self._ready is not None:
            return self._ready
        return self._arrived if self._packets else None

    def _carry_out(self, request: Request) -> Iterator[Step]:
        command = command_for(self._session, request.command)
        try:
            if command is None:
                raise RefusedError(UNKNOWN)
            yield from command.run(self._session, request)
        except RefusedError as error:
            self._session.refuse(request, error.args[0])
