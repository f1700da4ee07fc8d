"""Ports on the network, ``rfc2217://host:port`` and ``socket://host:port``: what is wrong with one, in words."""

from __future__ import annotations

import errno
from typing import NamedTuple

from espsh.errors import UsageError

SCHEMES = ("rfc2217", "socket")
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)


class Trouble(NamedTuple):
    """Why a port on the network cannot be opened, what to do, and whether it may come by waiting."""

    reason: str
    hint: str
    may_come: bool = False


def is_network(url: str) -> bool:
    """Tell whether ``url`` names a host and a port on the network."""
    return url.partition("://")[0] in SCHEMES


def check(url: str) -> None:
    """Raise UsageError where ``url`` lacks a host or a port: pyserial says it in Python's words."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    try:
        whole = bool(parts.hostname and parts.port)
    except ValueError:
        whole = False
    if not whole:
        raise UsageError(f"{url} names no host with a port from 1 to 65535", f"{parts.scheme}://HOST:PORT")


def explain(url: str, error: BaseException) -> Trouble:
    """Return what ``error``, which came as ``url`` was opened, amounts to."""
    import socket
    from urllib.parse import urlsplit

    host, port = urlsplit(url).hostname, urlsplit(url).port
    cause = _innermost(error)
    if isinstance(cause, socket.gaierror):
        return Trouble(f"no host '{host}' is known ({cause.strerror})", "check its name, or give its address")
    if isinstance(cause, ConnectionRefusedError):
        return Trouble(f"{host} refuses port {port}", "is the server started there, and on that port?", True)
    if isinstance(cause, TimeoutError):
        return Trouble(f"{host} does not answer", "is it switched on, and does a firewall let the port through?", True)
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return Trouble(f"no way to {host} ({cause.strerror})", "is it on this network?", True)
    if "RFC2217" in str(cause):
        return Trouble("the server does not speak RFC 2217", f"for a plain connection: socket://{host}:{port}")
    words = cause.strerror if isinstance(cause, OSError) else str(cause)
    return Trouble(words or str(cause) or type(cause).__name__, "is the server started there, and on that port?")


def _innermost(error: BaseException) -> BaseException:
    """Return what was raised first: pyserial puts its own error around it."""
    while error.__context__ is not None:
        error = error.__context__
    return error
