"""Serve an open serial port to another program: on a pseudo-terminal, or on a TCP port with RFC 2217.

Both functions run until something can be read from ``stop``, a file descriptor, or the served port is gone.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from serial import rfc2217

from espsh.errors import ConnectError, PortBusyError, UsageError

CHUNK = 4096
READER_PATIENCE = 1.0  # s; who opened the pty and does not read for so long loses bytes, as on any serial port


class Port(Protocol):
    """What is used of an open pyserial port; a read that waits has to be cancellable."""

    is_open: bool

    @property
    def in_waiting(self) -> int:
        """The number of bytes that can be read at once."""

    def read(self, size: int = 1, /) -> bytes:
        """Return bytes; OSError when the port is gone."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""

    def cancel_read(self) -> None:
        """Let a read return."""

    def cancel_write(self) -> None:
        """Let a write return."""

    def reset_input_buffer(self) -> None:
        """Forget what has come."""


class Outbox:
    """Bytes on their way into the served port.

    The other program's side has to be emptied at once (a full pty wakes its writer a second late), and the port takes
    bytes at its own rate: so a thread of its own writes them.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="serve: to the port", daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        """Send ``data`` after what waits."""
        with self._changed:
            self._waiting.append(data)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget what waits."""
        with self._changed:
            self._waiting.clear()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        self._port.cancel_write()
        self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or not self._open)
                    if not self._open:
                        return
                    data = self._waiting.popleft()
                self._port.write(data)


@contextlib.contextmanager
def _reading(port: Port, take: Callable[[bytes], None]) -> Iterator[int]:
    """Hand what comes from ``port`` to ``take``, on a thread; yield a descriptor that is readable when it is gone."""
    ended, end = os.pipe()
    going = True

    def run() -> None:
        with contextlib.suppress(OSError):
            while going:
                take(bytes(port.read(max(1, min(CHUNK, port.in_waiting)))))
        os.close(end)

    thread = threading.Thread(target=run, name="serve: from the port", daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        going = False
        while thread.is_alive():
            port.cancel_read()
            thread.join(0.05)
        os.close(ended)


def serve_pty(port: Port, stop: int, announce: Callable[[str], None], link: Path | None = None) -> None:
    """Serve ``port`` on a pty; ``announce`` gets the path to open: ``link``, when one is wanted."""
    try:
        import tty
    except ImportError:
        raise ConnectError("a pty can only be served on Linux and macOS", "use --rfc2217 PORT") from None
    master, slave = os.openpty()
    tty.setraw(slave)  # the slave stays open here: the line lives on between two programs that use it
    os.set_blocking(master, False)
    try:
        with _linked(os.ttyname(slave), link) as path:
            announce(path)
            _carry(port, master, stop)
    finally:
        os.close(master)
        os.close(slave)


@contextlib.contextmanager
def _linked(device: str, link: Path | None) -> Iterator[str]:
    if link is None:
        yield device
        return
    if link.exists() and not link.is_symlink():
        raise UsageError(f"{link} exists and is no link", "name another path after --link")
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(device)
    except OSError as error:
        raise UsageError(f"cannot make the link {link}: {error.strerror}") from error
    try:
        yield str(link)
    finally:
        link.unlink(missing_ok=True)


def _carry(port: Port, master: int, stop: int) -> None:
    outbox = Outbox(port)
    try:
        with _reading(port, lambda data: _write_all(master, data)) as gone:
            while True:
                ready, _, _ = select.select([master, stop, gone], [], [])
                if stop in ready or gone in ready:
                    return
                outbox.put(os.read(master, CHUNK))
    finally:
        outbox.close()


def _write_all(master: int, data: bytes) -> None:
    while data:
        _, ready, _ = select.select([], [master], [], READER_PATIENCE)
        if not ready:
            return
        data = data[os.write(master, data) :]


def serve_rfc2217(
    port: Port, stop: int, announce: Callable[[str], None], address: tuple[str, int] = ("localhost", 0)
) -> None:
    """Serve ``port`` to one client at a time on a TCP port; RTS and DTR reach the board. Port 0 picks a free one."""
    try:
        listener = socket.create_server(address)
    except (OSError, OverflowError) as error:
        raise PortBusyError(f"cannot listen on {address[0]}:{address[1]}: {error}") from error
    with listener:
        host, number = listener.getsockname()[:2]
        announce(f"rfc2217://{host}:{number}")
        while True:
            ready, _, _ = select.select([listener.fileno(), stop], [], [])
            if stop in ready or not port.is_open:
                return
            client, _ = listener.accept()
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if _Session(port, client).run(stop):
                    return


def _manage(port: Any, connection: Any) -> Any:
    return rfc2217.PortManager(port, connection)  # typed for its own Serial only; it needs write() of one of them


class _Session:
    """One client of an RFC 2217 port."""

    def __init__(self, port: Port, client: socket.socket) -> None:
        self._port = port
        self._client = client
        self._sending = threading.Lock()
        port.reset_input_buffer()
        self._manager: Any = _manage(port, self)

    def write(self, data: bytes) -> None:
        """Send to the client as it stands; pyserial's PortManager calls this."""
        with self._sending, contextlib.suppress(OSError):
            self._client.sendall(data)

    def run(self, stop: int) -> bool:
        """Serve until the client leaves; True when serving ends."""
        outbox = Outbox(self._port)
        try:
            with _reading(self._port, lambda data: self.write(b"".join(self._manager.escape(data)))) as gone:
                while True:
                    ready, _, _ = select.select([self._client.fileno(), stop, gone], [], [])
                    if stop in ready or gone in ready:
                        return True
                    data = self._receive()
                    if not data:
                        return False
                    plain = b"".join(self._manager.filter(data))
                    if plain:
                        outbox.put(plain)
        finally:
            outbox.close()

    def _receive(self) -> bytes:
        try:
            return self._client.recv(CHUNK)
        except OSError:  # the client broke off
            return b""
