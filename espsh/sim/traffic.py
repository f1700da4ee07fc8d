"""The way of the bytes between the host's port and the chip: cable, faults, the USB bridge, and their counters."""

from __future__ import annotations

from espsh.sim.board_uart import BoardUart
from espsh.sim.cable import Cable
from espsh.sim.chip import Chip
from espsh.sim.faults import DOWN, UP, Faults, FaultSpec
from espsh.sim.hostside import HostSide
from espsh.sim.options import Options
from espsh.sim.uart import Bridge
from espsh.sim.wiring import WIRINGS

LARGEST = 8448  # what a program may say at once: 4 kB of flash in a packet, each byte of it escaped
DOWN_ROOM = 256  # a UART's transmitter holds no more: then the program waits


class Traffic:
    """Moves bytes when its owner's thread lets it; ``bytes_up`` counts those to the board.

    ``turns`` counts how often traffic turned from board→host to host→board. While it is ``muted``, nothing arrives.
    """

    def __init__(self, options: Options, uart: BoardUart, chip: Chip, host: HostSide, host_baud: int) -> None:
        self.faults = Faults(options.fault, options.seed)
        self.muted = not WIRINGS[options.wiring].speaks
        self.bytes_up = 0
        self.bytes_down = 0
        self.turns = 0
        self._paced = options.baud > 0
        self._chip = chip
        self._host = host
        self._cable = Cable(uart, host_baud, options.maxbaud)
        self._bridge = Bridge(options.latency)
        self._last_way = ""

    @property
    def board_baud(self) -> int:
        """The rate at which the board transmits; 0 on native USB."""
        return self._cable.down.baud

    @property
    def unsent(self) -> int:
        """How many bytes have not reached the chip's firmware."""
        return len(self._cable.up) + len(self._chip.program.stuck)

    def may_transmit(self) -> bool:
        """Whether the board's transmitter has room."""
        return len(self._cable.down) < DOWN_ROOM and (self._paced or self._host.room() > LARGEST)

    def dues(self) -> tuple[float | None, ...]:
        """Return the times at which bytes will have arrived."""
        up = None if self._chip.program.stuck else self._cable.up.due()
        return up, self._cable.down.due(), self._bridge.due()

    def push(self, data: bytes, now: float) -> None:
        """Take bytes that the host sends."""
        if self._last_way == DOWN:
            self.turns += 1
        self._last_way = UP
        self._cable.up.push(data, now)

    def move_up(self, now: float) -> FaultSpec | None:
        """Give the chip what has arrived; return what happens to the cable or the power then."""
        program = self._chip.program
        if program.stuck:
            program.push_on()
        data = b"" if program.stuck else self._cable.take_up(now)
        if not data:
            return None
        self.bytes_up += len(data)
        data, event = self.faults.apply(UP, data)
        if not self.muted:
            self._chip.receive(data, now)
        return event

    def move_down(self, now: float) -> FaultSpec | None:
        """Give the host what has arrived; return what happens then."""
        data, event = self._cable.take_down(now), None
        if data:
            data, event = self.faults.apply(DOWN, data)
            if not self.muted:
                self._bridge.push(data, now)
        self._to_host(self._bridge.take(now) if event is None else self._bridge.flush())
        return event

    def set_host(self, baud: int, now: float) -> None:
        """Take another rate at the host's end."""
        self._cable.set_host(baud, now)

    def discard_up(self) -> None:
        """Forget what the host has sent and has not left."""
        self._cable.up.clear()

    def discard_down(self) -> None:
        """Forget what the bridge holds."""
        self._bridge.flush()

    def _to_host(self, data: bytes) -> None:
        if data:
            self.bytes_down += len(data)
            self._last_way = DOWN
            self._host.deliver(data)
