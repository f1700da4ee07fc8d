"""The bytes to and from one port: one reader thread, one user in front, any number of listeners behind."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import serial

from espsh.base.deadline import Deadline
from espsh.base.gone import GONE
from espsh.board.trace import Trace
from espsh.errors import ConnectError, InterruptedByUserError, LinkLostError

Subscriber = Callable[[bytes], None]
Sieve = Callable[[bytes], bytes]
"""Takes what came, and returns what of it is for those who read here."""

_SLICE = 0.25
"""Seconds a wait sleeps at most in one go: on Windows a lock's wait does not see Ctrl-C."""
_STREAM = 4
"""Pieces since the last write after which a board is taken to send a stream, which nobody answers before its end."""
_GATHER = 0.003
"""Seconds in which pieces of a stream are gathered. A USB bridge hands them on each millisecond, 11 bytes at 115200
baud: eight boards that answered at once kept the interpreter busy with 8,000 pieces in a second."""
_GATHERED = 1024
"""Bytes read at once after which nothing is gathered: what comes so fast would fill the system's buffer meanwhile."""
_LEISURE = 0.02
"""The same where somebody only looks on: nothing waits for what comes, and the prompt needs the interpreter, too."""
_STALE = 2.0
"""Seconds after which a cancel that nobody took is no longer for the next operation. A command is many operations, and
Ctrl-C may come between two of them."""


class Link:
    """A port in use. Unplugging it is a state (:attr:`lost`, a reason), and ends waits with LinkLostError.

    Bytes that come go to every subscriber and into a buffer that :meth:`receive` empties. ``owner`` is held by
    whoever talks to the board; it may be taken again by the same thread, and outlives a port that is lost. ``used_at``
    is when something was last sent, by the monotonic clock.
    """

    def __init__(self, port: Any, owner: threading.RLock | None = None, *, trace: Trace | None = None) -> None:
        self.owner = owner or threading.RLock()
        self.lost: str | None = None
        self.cancelled = threading.Event()
        self.on_lost: Callable[[str], None] | None = None
        self.used_at = time.monotonic()
        self._cancelled_at = 0.0
        self._pieces = 0
        self._gather = _GATHER
        self._port = port
        self._trace = trace
        self._buffer = bytearray()
        # Held by its own name: Ctrl-C in the middle of a Condition's __enter__, which is Python, would leave it held.
        self._lock = threading.RLock()
        self._arrival = threading.Condition(self._lock)
        self._subscribers: tuple[Subscriber, ...] = ()
        self._taker: Subscriber | None = None
        self._sieve: Sieve | None = None
        self.sifted = 0
        self._writing = threading.Lock()
        self._ending = threading.Event()
        self._lent = False
        self._reader: threading.Thread | None = None
        self._start()

    @property
    def rate(self) -> int:
        """The line's rate in bits per second, 0 where it has none."""
        return getattr(self._port, "baudrate", 0) or 0

    @rate.setter
    def rate(self, rate: int) -> None:
        if rate == self.rate:
            return
        try:
            self._port.baudrate = rate
        except (OSError, ValueError) as error:
            self._lose(_why(error))
            raise LinkLostError(f"the board is gone: {self.lost}") from None

    @property
    def port(self) -> Any:
        """The open port, for its lines; its bytes are the link's."""
        return self._port

    def receive(self, deadline: Deadline) -> bytes:
        """Return what has come; wait for it as long as ``deadline`` says; ``b""`` means that nothing came.

        Raises LinkLostError when the port is gone and all it gave was read, InterruptedByUserError after
        :meth:`cancel`.
        """
        with self._lock:
            while True:
                if self.cancelled.is_set():
                    raise InterruptedByUserError
                if self._buffer:
                    break
                if self.lost is not None:
                    raise LinkLostError(f"the board is gone: {self.lost}")
                remaining = deadline.remaining
                if remaining <= 0:
                    return b""
                self._arrival.wait(min(remaining, _SLICE))
            data = bytes(self._buffer)
            self._buffer.clear()
        deadline.touch()
        return data

    def linger(self) -> None:
        """Take time for what comes, until something is sent: whoever reads here answers nothing."""
        self._gather = _LEISURE

    def pending(self) -> bytes:
        """Return what came while nobody waited."""
        with self._lock:
            data = bytes(self._buffer)
            self._buffer.clear()
        return data

    def put_back(self, data: bytes) -> None:
        """Let the next :meth:`receive` return ``data`` first: it was for somebody else."""
        with self._lock:
            self._buffer[:0] = data
            self._arrival.notify_all()

    def write(self, data: bytes) -> None:
        """Send ``data``. Raises LinkLostError when the port is gone, ConnectError when it takes nothing."""
        if self.lost is not None:
            raise LinkLostError(f"the board is gone: {self.lost}")
        self.used_at = time.monotonic()
        if self._trace:
            self._trace(_stamp(">", data))
        self._pieces = 0
        self._gather = _GATHER
        try:
            with self._writing:
                self._port.write(data)
        except serial.SerialTimeoutException:
            raise ConnectError("the port takes no data", "pull the cable and plug it in again") from None
        except (OSError, TypeError) as error:  # TypeError: pyserial writes to a port closed under it
            self._lose(_why(error))
            raise LinkLostError(f"the board is gone: {self.lost}") from None

    def cancel(self) -> None:
        """End the wait in progress, in whatever thread it is, with InterruptedByUserError."""
        self._cancelled_at = time.monotonic()
        self.cancelled.set()
        with self._lock:
            self._arrival.notify_all()
        if self._lent:
            self._wake()

    def drop_old_cancel(self) -> None:
        """Forget a cancel that came while nobody waited: it was meant for what had just ended."""
        if self.cancelled.is_set() and time.monotonic() - self._cancelled_at > _STALE:
            self.cancelled.clear()

    def subscribe(self, listener: Subscriber) -> Callable[[], None]:
        """Hand ``listener`` all bytes that come, in the reader's thread; the returned function ends that."""
        with self._lock:
            self._subscribers = (*self._subscribers, listener)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = tuple(one for one in self._subscribers if one is not listener)

        return unsubscribe

    def divert(self, taker: Subscriber) -> Callable[[], None]:
        """Hand ``taker`` all that is there and all that comes, in place of the buffer; the returned function ends that.

        It is called while others wait, so it may only take the bytes and go.
        """
        with self._lock:
            if self._buffer:
                taker(bytes(self._buffer))
                self._buffer.clear()
            self._taker = taker

        def end() -> None:
            with self._lock:
                self._taker = None

        return end

    def sift(self, sieve: Sieve | None) -> None:
        """Pass all that comes from now on through ``sieve`` first; None ends that. ``sifted`` counts what it took.

        It is called in the reader's thread, while others wait, so it may only take the bytes and go.
        """
        with self._lock:
            self._sieve = sieve

    def let_go(self, rest: Callable[[], bytes]) -> None:
        """Hand on what a sieve held back and returns now."""
        with self._lock:
            data = rest()
            self.sifted -= len(data)
            subscribers = self._hand_on(data)
        for subscriber in subscribers:
            subscriber(data)

    @contextlib.contextmanager
    def lend(self) -> Iterator[Any]:
        """Stop reading and hand out the open port (esptool needs it whole); take it back afterwards."""
        with self.owner:
            self._stop()
            self._lent = True
            try:
                yield self._port
            finally:
                self._lent = False
                self._start()

    def close(self) -> None:
        """Stop the reader and close the port: RTS falls first, then DTR, since the other order resets boards."""
        self._stop()
        if self.lost is None:
            with contextlib.suppress(*GONE, AttributeError, NotImplementedError, ValueError):
                self._port.flush()
            for line in () if getattr(self._port, "lines_are_kept", False) else ("rts", "dtr"):
                # A pty answers ENOTTY or EINVAL, a pulled device EIO; the port closes all the same.
                with contextlib.suppress(OSError, ValueError):
                    setattr(self._port, line, False)
        with contextlib.suppress(OSError):
            self._port.close()
        if self.lost is None:
            self.lost = "it was closed"

    def _start(self) -> None:
        self._ending.clear()
        self._reader = threading.Thread(target=self._read, name="espsh-reader", daemon=True)
        self._reader.start()

    def _stop(self) -> None:
        self._ending.set()
        self._wake()
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join()

    def _wake(self) -> None:
        """Let the read that waits for the port return, where the port can do that."""
        wake = getattr(self._port, "cancel_read", None)
        if wake is not None:
            with contextlib.suppress(OSError, AttributeError, TypeError):
                wake()

    def _read(self) -> None:
        data = b""
        while not self._ending.is_set():
            if self._pieces >= _STREAM and len(data) < _GATHERED:
                time.sleep(self._gather)
            try:
                data = self._port.read(1)
                if data:
                    more = self._port.in_waiting
                    data += self._port.read(more) if more else b""
            except (OSError, TypeError) as error:
                self._lose(_why(error))
                return
            if data:
                self._arrived(data)

    def _arrived(self, data: bytes) -> None:
        self._pieces += 1
        if self._trace:
            self._trace(_stamp("<", data))
        with self._lock:
            if self._sieve is not None:
                came = len(data)
                data = self._sieve(data)
                self.sifted += came - len(data)
            subscribers = self._hand_on(data)
        for subscriber in subscribers:
            subscriber(data)

    @contextlib.contextmanager
    def untraced(self) -> Iterator[None]:
        """Leave out of the trace what goes over the line meanwhile: it holds a password."""
        trace, self._trace = self._trace, None
        try:
            yield
        finally:
            if trace:
                trace(_stamp("-", b"a secret went over the line"))
            self._trace = trace

    def _hand_on(self, data: bytes) -> tuple[Subscriber, ...]:
        """Give ``data`` to whoever waits for it; return who is to have it, too."""
        if not data:
            return ()
        if self._taker is None:
            self._buffer += data
        else:
            self._taker(data)
        self._arrival.notify_all()
        return self._subscribers

    def _lose(self, reason: str) -> None:
        with self._lock:
            if self.lost is not None:
                return
            self.lost = reason
            self._arrival.notify_all()
        if self.on_lost:
            self.on_lost(reason)


def _stamp(direction: str, data: bytes) -> bytes:
    return f"{time.time():.6f} {direction} {data!r}\n".encode()


def _why(error: Exception) -> str:
    text = str(error)
    if "returned no data" in text or "multiple access" in text:
        return "unplugged, or another program reads from the port"
    if "Input/output error" in text or "Device not configured" in text:  # Linux and macOS of a device that went
        return "unplugged"
    return text if text and not isinstance(error, TypeError) else "unplugged"
