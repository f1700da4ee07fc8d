"""Ports on the network, ``rfc2217://host:port``, ``socket://host:port`` and ``ws://host``: how they are reached, and
what is wrong with one, in words.
"""

from __future__ import annotations

import errno
import re
import socket
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from espsh.base.silence import notice_silence
from espsh.errors import ConnectError, PortBusyError, UsageError

SCHEMES = ("rfc2217", "socket", "ws")
_USUAL_PORTS = {"ws": 8266}
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_PATIENCE = 5.0
"""Seconds in which a host takes a connection, as pyserial has it."""
_HUNG_UP = "is the port in use by another program, or its device gone?"
_NO_TEXT = re.compile(rb"(\xff[\xfb-\xfe].|[^ -~])+", re.DOTALL)
"""Telnet's negotiations, and what is not to be printed."""


class Trouble(NamedTuple):
    """Why a port on the network cannot be opened, what to do, whether it may come by waiting, and its kind of error."""

    reason: str
    hint: str
    may_come: bool = False
    kind: type[ConnectError] = ConnectError


class TroubleError(OSError):
    """A trouble that was found while a port was being opened."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


def is_network(url: str) -> bool:
    """Tell whether ``url`` names a host and a port on the network."""
    return url.partition("://")[0] in SCHEMES


def check(url: str) -> None:
    """Raise UsageError where ``url`` lacks a host or a port: pyserial says it in Python's words."""
    parts = urlsplit(url)
    try:
        whole = all(address_of(url))
    except ValueError:
        whole = False
    if not whole:
        usual = _USUAL_PORTS.get(parts.scheme)
        form = f"{parts.scheme}://HOST:PORT" if usual is None else f"{parts.scheme}://HOST[:{usual}]"
        raise UsageError(f"{url} names no host with a port from 1 to 65535", form)


def address_of(url: str) -> tuple[str, int]:
    """Return the host and the port that ``url`` names, "" and 0 for what it lacks."""
    parts: SplitResult = urlsplit(url)
    port = _USUAL_PORTS.get(parts.scheme) if parts.port is None else parts.port
    return parts.hostname or "", port or 0


def connect(url: str) -> socket.socket:
    """Return a connection to the host and port of ``url``. Raises OSError."""
    connection = socket.create_connection(address_of(url), _PATIENCE)
    notice_silence(connection)
    return connection


def hung_up(said: bytes) -> Trouble:
    """Return what it means that a server closes a connection at once and says no more than ``said``."""
    words = _NO_TEXT.sub(b" ", said).decode("ascii").strip()
    if words:
        return Trouble(f"the server says: {words}", "one program at a time: close it there first", True, PortBusyError)
    return Trouble("the server hung up", _HUNG_UP, True)


def hint_for_hang_up(url: str) -> str | None:
    """Return what to do about a server that closes a connection before the board said anything."""
    return _HUNG_UP if is_network(url) else None


def explain(url: str, error: BaseException) -> Trouble:
    """Return what ``error``, which came as ``url`` was opened, amounts to."""
    host, port = address_of(url)
    cause = _innermost(error)
    if isinstance(cause, TroubleError):
        return cause.trouble
    if isinstance(cause, socket.gaierror):
        return Trouble(f"no host '{host}' is known ({cause.strerror})", "check its name, or give its address")
    if isinstance(cause, ConnectionRefusedError):
        return Trouble(f"{host} refuses port {port}", "is the server started there, and on that port?", True)
    if isinstance(cause, TimeoutError):
        return Trouble(f"{host} does not answer", "is it switched on, and does a firewall let the port through?", True)
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return Trouble(f"no way to {host} ({cause.strerror})", "is it on this network?", True)
    if "not seem to support RFC2217" in str(cause):
        return Trouble("the server does not speak RFC 2217", f"for a plain connection: socket://{host}:{port}")
    words = cause.strerror if isinstance(cause, OSError) else str(cause)
    return Trouble(words or str(cause) or type(cause).__name__, "is the server started there, and on that port?")


def _innermost(error: BaseException) -> BaseException:
    """Return what was raised first: pyserial puts its own error around it. What is handled meanwhile is no cause."""
    while isinstance(error.__context__, OSError) and not isinstance(error, TroubleError):
        error = error.__context__
    return error
