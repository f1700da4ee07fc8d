"""A pyserial port over a TCP connection that has neither rate nor lines: what ``socket://`` and ``ws://`` share."""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import Any

import serial

from espsh.ports import network

_STUCK = 5.0
"""Seconds after which a host that takes no data is given up where no write timeout was asked for."""
_REFUSAL = 200
"""Bytes that a server says at most before it hangs up on one client too many."""
_CHUNK = 4096
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Has the system confirm at once what came, where it can be told to (Linux), and once. It may take 40 ms otherwise, for
which the other end keeps its next small packet back: a block of flash took esptool 54 ms, and takes 6."""


class TcpPort(serial.SerialBase):
    """Bytes to and from a host. What they are wrapped in is :meth:`_begin`'s, :meth:`_wrap`'s and :meth:`_unwrap`'s."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._socket: socket.socket | None = None
        self._came = bytearray()
        self._first = b""
        self._sending = threading.Lock()
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """Connect. Raises OSError."""
        if self.is_open:
            raise serial.SerialException("Port is already open.")
        self._came.clear()
        self._first = b""
        self._socket = network.connect(str(self.port))
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self.is_open = True
        try:
            self._reconfigure_port()
            self._begin()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        if self._socket is not None:
            for end in (self._socket, self._waker, self._woken):
                end.close()
            self._socket = None

    def _begin(self) -> None:
        """Do what the protocol wants before the board's bytes come."""

    def _wrap(self, data: bytes) -> bytes:
        """Return what has to be sent for ``data`` to arrive at the board."""
        return data

    def _unwrap(self, data: bytes) -> bytes:
        """Return the board's bytes in what came."""
        return data

    @property
    def _connection(self) -> socket.socket:
        if self._socket is None:
            raise serial.PortNotOpenError
        return self._socket

    def _reconfigure_port(self) -> None:
        """Of all settings only the write timeout is the connection's."""
        if self._socket is not None:
            self._socket.settimeout(self.write_timeout or _STUCK)

    @property
    def in_waiting(self) -> int:
        """The number of bytes that can be read at once."""
        while self._wait(0):
            self._receive()
        return len(self._came)

    def _wait(self, seconds: float) -> bool:
        """Tell whether something comes within ``seconds``, be it the end."""
        return bool(select.select([self._connection], [], [], max(0.0, seconds))[0])

    def read(self, size: int = 1, /) -> bytes:
        """Return ``size`` bytes, or fewer when the timeout ends first or another thread cancels."""
        ends = None if self.timeout is None else time.monotonic() + self.timeout
        while len(self._came) < size:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            ready, _, _ = select.select([self._connection, self._woken], [], [], left)
            if self._woken in ready:
                self._woken.recv(_CHUNK)
                break
            if not ready:
                break
            self._receive()
        data = bytes(self._came[:size])
        del self._came[:size]
        return data

    def _receive(self) -> None:
        """Take what has come. Raises SerialException when the other end is gone."""
        try:
            data = self._connection.recv(_CHUNK)
            if _QUICKACK is not None:
                self._connection.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        except OSError as error:
            raise self._broken_off(error) from error
        if not data:
            raise serial.SerialException(self._last_words())
        data = self._unwrap(data)
        self._came += data
        if len(self._first) <= _REFUSAL:
            self._first += data

    def _broken_off(self, error: OSError) -> serial.SerialException:
        if isinstance(error, ConnectionError):
            return serial.SerialException(self._last_words())
        return serial.SerialException(f"the connection broke off: {error.strerror or error}")

    def _last_words(self) -> str:
        """Return why it may be that the other end hung up: a server says so to one client too many."""
        return network.hung_up(self._first).reason if len(self._first) <= _REFUSAL else "the server hung up"

    def write(self, data: Any, /) -> int:
        """Send bytes; SerialTimeoutException when the host does not take them in ``write_timeout`` seconds."""
        raw = bytes(memoryview(data))
        with self._sending:
            self._send(self._wrap(raw))
        return len(raw)

    def _send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            if isinstance(error, TimeoutError) and error.errno is None:  # TCP's own, of a dead network, has a number
                raise serial.SerialTimeoutException("Write timeout") from error
            raise self._broken_off(error) from error

    def cancel_read(self) -> None:
        """Let a read that waits in another thread return; where none waits, the next one does."""
        if self.is_open:
            self._waker.send(b"x")

    def cancel_write(self) -> None:
        """A write ends by its timeout."""

    def flush(self) -> None:
        """What was written is on its way."""

    def reset_input_buffer(self) -> None:
        """Forget what has come and was not read."""
        while self.in_waiting:
            self._came.clear()

    def reset_output_buffer(self) -> None:
        """What was written is on its way."""

    def _update_rts_state(self) -> None:
        if self.is_open:
            raise serial.SerialException("a connection has no lines")

    _update_dtr_state = _update_rts_state
    _update_break_state = _update_rts_state
