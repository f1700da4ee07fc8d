"""pyserial's URL handler for ``rfc2217://HOST:PORT``, made quick.

pyserial's own negotiates the whole line again whenever a timeout is set, which esptool does twice for each command, and
looks for each answer every 50 ms: a ``flash_id`` took 20 s. This one asks only for what is new, and goes on when the
answer is there. It knows write timeouts, too.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

import serial
from serial import rfc2217

_STUCK = 5.0
"""Seconds after which a server that takes no data is given up where no write timeout was asked for."""
_BREATH = 0.3
"""Seconds that a server gets between two connections of one port, as pyserial does."""


_Pyserials: Any = rfc2217.Serial


class Serial(_Pyserials):  # type: ignore[misc]  # its stubs leave out all that is changed here
    """A serial port on the network."""

    _thread: threading.Thread | None
    _write_timeout: float | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._agreed: tuple[object, ...] | None = None
        self._answered = threading.Condition()
        self._closed_at = -_BREATH
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """Connect, and agree on the line."""
        time.sleep(max(0.0, self._closed_at + _BREATH - time.monotonic()))
        self._agreed = None
        super().open()

    def close(self) -> None:
        """Leave the server; who opens this port again lets it take breath before."""
        if self._thread is not None:
            self.is_open = False
            with contextlib.suppress(OSError):  # the server was quicker
                self._socket.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self._thread = None
            self._socket.close()
            self._closed_at = time.monotonic()
        super().close()

    def cancel_read(self) -> None:
        """Let a read that waits in another thread return; where none waits, the next one does."""
        if self.is_open:
            self._read_buffer.put(None)

    def write(self, data: Any, /) -> int:
        """Send bytes; SerialTimeoutException when the server does not take them in ``write_timeout`` seconds."""
        try:
            return int(super().write(data))
        except serial.SerialException as error:
            if isinstance(error.__context__, TimeoutError):
                raise serial.SerialTimeoutException("Write timeout") from error
            raise

    def _reconfigure_port(self) -> None:
        """Agree with the server on what is new of the line. Timeouts are no matter of the server's."""
        if self._socket is None:
            raise serial.PortNotOpenError
        # Never None: the thread that receives would end, were the socket to block while it waits with a timeout.
        self._socket.settimeout(self._write_timeout or _STUCK)
        line = (self._baudrate, self._bytesize, self._parity, self._stopbits, self._rtscts, self._xonxoff)
        if line == self._agreed:
            return
        self._agreed = None
        kept, self._write_timeout = self._write_timeout, None  # pyserial's refuses to go on with one
        try:
            super()._reconfigure_port()
        finally:
            self._write_timeout = kept
        self._agreed = line

    def rfc2217_send_purge(self, value: bytes) -> None:
        """Have the server forget bytes."""
        self._ask("purge", value)

    def rfc2217_set_control(self, value: bytes) -> None:
        """Have the server set a line or a flow control."""
        if self._ignore_set_control_answer:
            super().rfc2217_set_control(value)
        else:
            self._ask("control", value)

    def _ask(self, what: str, value: bytes) -> None:
        option = self._rfc2217_options[what]
        option.set(value)
        with self._answered:
            if not self._answered.wait_for(option.is_ready, self._network_timeout):
                raise serial.SerialException(f"the server does not answer about {option} (RFC2217)")

    def _telnet_process_subnegotiation(self, suboption: bytes) -> None:
        super()._telnet_process_subnegotiation(suboption)
        with self._answered:
            self._answered.notify_all()
