"""pyserial's URL handler for ``ws://HOST[:8266]``: MicroPython's WebREPL as a serial port.

The REPL's bytes travel in text frames, whatever they are. Sources: ``extmod/modwebrepl.c`` and ``modwebsocket.c`` of
MicroPython, ``webrepl.py`` of micropython-lib.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import serial
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from espsh.errors import PortBusyError, PortDeniedError
from espsh.ports import network
from espsh.ports.network import Trouble, TroubleError
from espsh.ports.tcp import TcpPort

_PIECE = 255
"""Bytes in a frame: what is read from one goes into the receive ring of the REPL at once, which holds 255 or 259."""
_LOGIN = 5.0
"""Seconds in which a board asks for the password, and in which it answers to it."""
_PARTING = 1.0
"""Seconds in which a board that is not busy has let a connection go."""
_IS_IT_ON = "is WebREPL started on the board? import webrepl; webrepl.start()"


class Serial(TcpPort):
    """The REPL of a board behind its WebREPL. ``password`` is set before the port is opened.

    ``open`` raises an OSError with what the board did not like.
    """

    password: str | None = None
    dies_with_board = True
    """A restart ends the connection, and where the chip itself restarts nobody hangs up."""

    def close(self) -> None:
        """Hang up as a browser does, and wait until the board lets its REPL go: it has one for one client."""
        if self.is_open and self._frames.state is State.OPEN:
            deadline = time.monotonic() + _PARTING
            with contextlib.suppress(OSError):
                # Without a code: MicroPython hands what a control frame holds to who reads one byte, as if it was data.
                self._send_as(self._frames.send_close, None)
                while self._wait(deadline - time.monotonic()):
                    self._receive()
        super().close()

    def open(self) -> None:
        """Connect and log in."""
        host, port = network.address_of(str(self.port))
        self._frames = ClientProtocol(parse_uri(f"ws://{f'[{host}]' if ':' in host else host}:{port}/"), max_size=None)
        super().open()

    def _begin(self) -> None:
        self._send_as(self._frames.send_request, self._frames.connect())
        self._log_in()

    def _log_in(self) -> None:
        """Give the password. Raises TroubleError where the board does not let us in."""
        asked = self._hear((b": ",))
        if b"New password" in asked:
            raise TroubleError(Trouble("its WebREPL has no password yet", "set one on the board: import webrepl_setup"))
        if self.password is None:
            hint = "write :PASSWORD@ before the host, or set ESPSH_WEBREPL_PASSWORD"
            raise TroubleError(Trouble("it asks for a password", hint, kind=PortDeniedError))
        self.write(f"{self.password}\r".encode())
        if b"denied" in self._hear((b"WebREPL connected\r\n>>> ", b"Access denied\r\n")):
            hint = "it is the one in webrepl_cfg.py on the board"
            raise TroubleError(Trouble("the password is wrong", hint, kind=PortDeniedError))

    def _hear(self, ends: tuple[bytes, ...]) -> bytes:
        """Return what the board says until one of ``ends``, and take it out of what is to be read."""
        deadline = time.monotonic() + _LOGIN
        while not (end := next((end for end in ends if end in self._came), b"")):
            if not self._wait(deadline - time.monotonic()):
                raise TroubleError(Trouble("no WebREPL answers", _IS_IT_ON))
            try:
                self._receive()
            except serial.SerialException:
                raise TroubleError(self._why_hung_up()) from None
        stop = self._came.index(end) + len(end)
        heard = bytes(self._came[:stop])
        del self._came[:stop]
        return heard

    def _why_hung_up(self) -> Trouble:
        refused = self._frames.handshake_exc
        if isinstance(refused, InvalidStatus):
            return Trouble(f"a web server answers, but no WebREPL (HTTP {refused.response.status_code})", _IS_IT_ON)
        if refused is not None:
            return Trouble("what answers is no WebREPL", _IS_IT_ON)
        hint = "one at a time: a browser or another espsh may have it"
        return Trouble("the board hangs up", hint, may_come=True, kind=PortBusyError)

    def _last_words(self) -> str:
        return "the board hung up"

    def _wrap(self, data: bytes) -> bytes:
        if self._frames.state is not State.OPEN:
            raise serial.SerialException(self._last_words())
        for start in range(0, len(data), _PIECE):
            self._frames.send_text(data[start : start + _PIECE])
        return b"".join(self._frames.data_to_send())

    def _unwrap(self, data: bytes) -> bytes:
        with self._sending:
            self._frames.receive_data(data)
            events = self._frames.events_received()
            self._send(b"".join(self._frames.data_to_send()))
        if self._frames.handshake_exc is not None:
            raise serial.SerialException("no WebREPL")
        texts = (Opcode.TEXT, Opcode.CONT)
        return b"".join(bytes(event.data) for event in events if isinstance(event, Frame) and event.opcode in texts)

    def _send_as(self, kind: Any, value: object) -> None:
        with self._sending:
            kind(value)
            self._send(b"".join(self._frames.data_to_send()))
