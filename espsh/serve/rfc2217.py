"""A served port on a TCP port with RFC 2217, for one client at a time; RTS and DTR reach the board."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from serial import rfc2217

from espsh.base.gone import GONE
from espsh.base.silence import notice_silence
from espsh.errors import PortBusyError
from espsh.serve.carrying import CHUNK, Outbox, Port, reading

_REFUSED = 8
"""Clients that were refused and have not hung up yet: were they closed at once, they would not get to read why."""

Address = tuple[str, int]


def serve_rfc2217(
    port: Port, stop: int | socket.socket, announce: Callable[[str], None], address: Address = ("localhost", 0), *,
    told: Callable[[str], None] = lambda _: None, cancelled: Callable[[], bool] = lambda: False,
) -> None:  # fmt: skip
    """Serve ``port`` to one client at a time on a TCP port; RTS and DTR reach the board. Port 0 picks a free one.

    ``announce`` gets the URL, ``told`` a line when a client comes, leaves or is refused. What the board says while
    there is no client is lost. Serving ends at ``stop``, when a read is ``cancelled``, or when the port is gone.
    """
    with _listen(address) as listener:
        announce(f"rfc2217://{_spelled(listener.getsockname())}")
        _Sharing(port, listener, told).run(stop, cancelled)


def _spelled(where: tuple[Any, ...]) -> str:
    host, number = where[:2]
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except (OSError, OverflowError) as error:
        words = (error.strerror if isinstance(error, OSError) else None) or str(error)
        hint = "another TCP port, or 0 for a free one; the address must be one of this computer"
        raise PortBusyError(f"cannot listen on {address[0]}:{address[1]}: {words}", hint) from None


class _Sharing:
    """A port and the one client that has it."""

    def __init__(self, port: Port, listener: socket.socket, told: Callable[[str], None]) -> None:
        self._port = port
        self._listener = listener
        self._told = told
        self._session: _Session | None = None
        self._refused: deque[socket.socket] = deque()

    def run(self, stop: int | socket.socket, cancelled: Callable[[], bool]) -> None:
        with reading(self._port, self._hand_on, cancelled) as gone:
            try:
                while True:
                    clients = [self._session.client] if self._session else []
                    ready, _, _ = select.select([self._listener, stop, gone, *clients], [], [])
                    if stop in ready or gone in ready:
                        return
                    # Who hangs up and calls again is heard in that order.
                    if self._session and self._session.client in ready and not self._session.hear():
                        self._end()
                    elif self._listener in ready:
                        self._accept()
            finally:
                self._end()
                for client in self._refused:
                    client.close()

    def _hand_on(self, data: bytes) -> None:
        session = self._session
        if session and data:
            session.say(data)

    def _accept(self) -> None:
        client, where = self._listener.accept()
        who = _spelled(where)
        if self._session is None:
            self._session = _Session(self._port, client, who)
            self._told(f"{who} uses it")
            return
        self._told(f"{who} was refused: {self._session.who} uses it")
        with contextlib.suppress(OSError):
            client.sendall(f"in use by {self._session.who}\r\n".encode())
            client.shutdown(socket.SHUT_WR)
        self._refused.append(client)
        if len(self._refused) > _REFUSED:
            self._refused.popleft().close()

    def _end(self) -> None:
        session, self._session = self._session, None
        if session:
            session.end()
            self._told(f"{session.who} left")


class _Session:
    """One client of an RFC 2217 port. The line is as it was before when it has left."""

    def __init__(self, port: Port, client: socket.socket, who: str) -> None:
        self.client = client
        self.who = who
        notice_silence(client)
        self._port = port
        self._lines = _Lines(port)
        self._before = (port.get_settings(), self._lines.dtr, self._lines.rts)
        self._sending = threading.Lock()
        self._outbox = Outbox(port)
        self._manager: Any = _manage(self._lines, self)

    def write(self, data: bytes) -> None:
        """Send to the client as it stands; pyserial's PortManager calls this."""
        with self._sending, contextlib.suppress(OSError):
            self.client.sendall(data)

    def say(self, data: bytes) -> None:
        """Send the client what the board said."""
        self.write(b"".join(self._manager.escape(data)))

    def hear(self) -> bool:
        """Hand on what the client sends; False when it hung up."""
        try:
            data = self.client.recv(CHUNK)
        except OSError:  # the client broke off
            return False
        plain = b"".join(self._manager.filter(data))
        if plain:
            self._outbox.put(plain)
        return bool(data)

    def end(self) -> None:
        """Hang up, and bring the line back: a client that was killed may have left it in the middle of a reset."""
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)
        self.client.close()
        self._outbox.close()
        settings, dtr, rts = self._before
        with contextlib.suppress(*GONE, ValueError):
            self._port.apply_settings(settings)
        # In the other order the board would be restarted on the way.
        for line, state in (("dtr", dtr), ("rts", rts)) if dtr else (("rts", rts), ("dtr", dtr)):
            if getattr(self._lines, line) != state:
                setattr(self._lines, line, state)


class _Lines:
    """A port whose missing lines are no errors: clients set DTR and RTS of any port, and wait for the answer.

    Lines that it cannot read are off: a connection has no CTS.
    """

    def __init__(self, port: Port) -> None:
        object.__setattr__(self, "_port", port)

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._port, name, False)
        except GONE:
            return False

    def __setattr__(self, name: str, value: object) -> None:
        with contextlib.suppress(*GONE):
            setattr(self._port, name, value)


def _manage(port: Any, connection: Any) -> Any:
    return rfc2217.PortManager(port, connection)  # typed for its own Serial only; it needs write() of one of them
