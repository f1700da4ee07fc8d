"""pyserial's URL handler for ``rfc2217://HOST:PORT``, made quick.

pyserial's own negotiates the whole line again whenever a timeout is set, which esptool does twice for each command, and
looks for each answer every 50 ms: a ``flash_id`` took 20 s. This one asks only for what is new, and goes on when the
answer is there. It knows write timeouts, too, and leaves the lines alone until they are wanted.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

import serial
from serial import rfc2217

from espsh.base.silence import notice_silence
from espsh.ports.network import TroubleError, hung_up

_STUCK = 5.0
"""Seconds after which a server that takes no data is given up where no write timeout was asked for."""
_BREATH = 0.3
"""Seconds that a server gets between two connections of one port, as pyserial does."""
_ABOUT_LINES = 1.0
"""Seconds after which a server says nothing about DTR and RTS, this time and ever: Espressif's esp_rfc2217_server keeps
its answers to itself, and so does ser2net for a device without such lines."""

_Pyserials: Any = rfc2217.Serial


class Serial(_Pyserials):  # type: ignore[misc]  # its stubs leave out all that is changed here
    """A serial port on the network."""

    lines_are_kept = True
    """DTR and RTS are the server's business when this port closes."""
    _thread: threading.Thread | None
    _write_timeout: float | None
    _ignore_set_control_answer: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._agreed: tuple[object, ...] | None = None
        self._lock = threading.RLock()  # entered by itself: see Link
        self._answered = threading.Condition(self._lock)
        self._closed_at = -_BREATH
        self._opening = self._ended = False
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """Connect, and agree on the line.

        DTR and RTS stay as the server has them: a change would restart the board behind some servers. Only a line that
        was asked to be low is set.
        """
        time.sleep(max(0.0, self._closed_at + _BREATH - time.monotonic()))
        self._agreed = None
        self._opening = True
        try:
            super().open()
        finally:
            self._opening = False
        notice_silence(self._socket)

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

    def read(self, size: int = 1, /) -> bytes:
        """Return ``size`` bytes, or fewer when the timeout ends first."""
        try:
            return bytes(super().read(size))
        except serial.PortNotOpenError:
            raise
        except serial.SerialException as error:
            raise serial.SerialException("the server hung up") from error

    def cancel_read(self) -> None:
        """Let a read that waits in another thread return; where none waits, the next one does."""
        if self.is_open:
            self._read_buffer.put(None)

    def write(self, data: Any, /) -> int:
        """Send bytes; SerialTimeoutException when the server does not take them in ``write_timeout`` seconds."""
        try:
            return int(super().write(data))
        except serial.PortNotOpenError:
            raise
        except serial.SerialException as error:
            cause = error.__context__
            if isinstance(cause, TimeoutError) and cause.errno is None:  # TCP's own, of a dead network, has a number
                raise serial.SerialTimeoutException("Write timeout") from error
            raise serial.SerialException("the server hung up") from error

    def _reconfigure_port(self) -> None:
        """Agree with the server on what is new of the line. Timeouts are no matter of the server's."""
        if self._socket is None:
            raise serial.PortNotOpenError
        if self._has_hung_up:
            waiting = range(self._read_buffer.qsize())
            raise TroubleError(hung_up(b"".join(self._read_buffer.get() or b"" for _ in waiting)))
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

    def _update_dtr_state(self) -> None:
        if not (self._opening and self._dtr_state):
            super()._update_dtr_state()

    def _update_rts_state(self) -> None:
        if not (self._opening and self._rts_state):
            super()._update_rts_state()

    def rfc2217_send_purge(self, value: bytes) -> None:
        """Have the server forget bytes."""
        if not self._ask("purge", value, self._network_timeout):
            raise serial.SerialException("the server does not answer to a purge (RFC 2217)")

    def rfc2217_set_control(self, value: bytes) -> None:
        """Have the server set a line or a flow control."""
        if self._ignore_set_control_answer:
            super().rfc2217_set_control(value)
        elif not self._ask("control", value, _ABOUT_LINES):
            self._ignore_set_control_answer = True

    def _ask(self, what: str, value: bytes, seconds: float) -> bool:
        """Send the server a request; tell whether it answers in time. Raises SerialException for a refusal."""
        option = self._rfc2217_options[what]
        option.set(value)
        with self._lock:
            try:
                answered = self._answered.wait_for(lambda: option.is_ready() or self._has_hung_up, seconds)
            except ValueError as error:
                raise serial.SerialException(f"the server refuses: {error}") from None
        if self._has_hung_up:
            raise serial.SerialException("the server hung up")
        return answered

    @property
    def _has_hung_up(self) -> bool:
        return self._thread is None or not self._thread.is_alive() or self._ended

    def _internal_raw_write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # that the server is gone is seen where it is read from, with its last words
            super()._internal_raw_write(data)

    def _telnet_read_loop(self) -> None:
        self._ended = False
        super()._telnet_read_loop()
        self._ended = True
        for option in self._telnet_options:  # open() goes on: nobody is there to agree with
            option.state, option.active = rfc2217.INACTIVE, False
        with self._lock:
            self._answered.notify_all()

    def _telnet_process_subnegotiation(self, suboption: bytes) -> None:
        super()._telnet_process_subnegotiation(suboption)
        with self._lock:
            self._answered.notify_all()
