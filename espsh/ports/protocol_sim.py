"""pyserial's URL handler for ``sim://PROFILE[/NAME][?options]``: a virtual board as a serial port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import serial

from espsh.errors import ConnectError
from espsh.sim.interpreter import find_micropython
from espsh.sim.options import Options, parse_url

if TYPE_CHECKING:
    from espsh.sim.machine import Machine


class Serial(serial.SerialBase):
    """A serial port with a virtual board behind it.

    ``open`` raises SerialException when the board is in use ("busy"), ConnectError where no virtual board can run and
    UsageError for a URL that cannot be meant.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._machine: Machine | None = None
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """Switch the board on, unless it runs already, and take its port."""
        if self.port is None:
            raise serial.SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise serial.SerialException("Port is already open.")
        options = parse_url(self.port)
        machine = _switch_on(options, int(self.baudrate))
        refusal = machine.host.open()
        if refusal:
            raise serial.SerialException(f"could not open port {self.port}: {refusal}")
        self._machine = machine
        self.is_open = True
        self._reconfigure_port()
        self._update_lines()

    def close(self) -> None:
        """Let go of the port; the board runs on."""
        if self.is_open:
            self.is_open = False
            self._board.host.close()
            self._machine = None

    @property
    def name(self) -> str:
        """The port's name; esptool takes what begins so for a port whose lines it cannot set by ioctl."""
        return f"rfc2217:{self.port}"

    @name.setter
    def name(self, value: str | None) -> None:
        """Ignored: pyserial sets it with the port."""

    @property
    def machine(self) -> Machine:
        """The virtual board behind this port."""
        return self._board

    @property
    def _board(self) -> Machine:
        if self._machine is None:
            raise serial.PortNotOpenError()
        return self._machine

    def _reconfigure_port(self) -> None:
        if self._machine is not None:
            self._machine.host_baud = int(self.baudrate)

    @property
    def in_waiting(self) -> int:
        """The number of bytes that can be read at once."""
        try:
            return self._board.host.waiting()
        except OSError as error:
            raise serial.SerialException(f"device reports readiness to read but is gone: {error}") from error

    def read(self, size: int = 1, /) -> bytes:
        """Return ``size`` bytes, or fewer when the timeout ends first."""
        try:
            return self._board.host.read(size, self.timeout)
        except OSError as error:
            raise serial.SerialException(f"read failed: {error}") from error

    def write(self, data: Any, /) -> int:
        """Send bytes; SerialTimeoutException when the line does not take them in ``write_timeout`` seconds."""
        raw = bytes(memoryview(data))
        try:
            taken = self._board.write(raw, self.write_timeout)
        except OSError as error:
            raise serial.SerialException(f"write failed: {error}") from error
        if taken < len(raw):
            raise serial.SerialTimeoutException("Write timeout")
        return taken

    def flush(self) -> None:
        """Wait until every byte has left."""
        self._board.drain()

    def reset_input_buffer(self) -> None:
        """Forget what has come and was not read."""
        self._board.host.clear()

    def reset_output_buffer(self) -> None:
        """Forget what was written and has not left."""
        self._board.discard_output()

    @property
    def out_waiting(self) -> int:
        """The number of bytes that have not left yet."""
        return self._board.unsent

    def cancel_read(self) -> None:
        """Let a read that waits in another thread return."""
        if self._machine is not None:
            self._machine.host.cancel()

    def cancel_write(self) -> None:
        """Let a write that waits in another thread return."""
        if self._machine is not None:
            self._machine.discard_output()

    def _update_lines(self) -> None:
        if self._machine is not None:
            self._machine.host.check()
            self._machine.set_lines(dtr=bool(self.dtr), rts=bool(self.rts))

    def _update_dtr_state(self) -> None:
        self._update_lines()

    def _update_rts_state(self) -> None:
        self._update_lines()

    def _update_break_state(self) -> None:
        """A break is nothing to an ESP32's REPL."""

    @property
    def cts(self) -> bool:
        """Clear to send: not wired."""
        return False

    @property
    def dsr(self) -> bool:
        """Data set ready: not wired."""
        return False

    @property
    def ri(self) -> bool:
        """Ring: not wired."""
        return False

    @property
    def cd(self) -> bool:
        """Carrier: not wired."""
        return False


def _switch_on(options: Options, host_baud: int) -> Machine:
    if options.app == "micropython":
        find_micropython()
    try:
        from espsh.sim.machine import machine_for
    except ImportError as error:
        raise ConnectError(
            "sim: the virtual board does not run on this platform", "it runs on Linux x86-64 with CPython 3.11 to 3.14"
        ) from error
    return machine_for(options, host_baud)
