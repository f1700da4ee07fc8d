"""Connections that break off by themselves when the other end has gone without a word."""

from __future__ import annotations

import socket

_SIGNS_OF_LIFE = (
    ("TCP_KEEPIDLE", 3),
    ("TCP_KEEPALIVE", 3),  # what macOS calls it
    ("TCP_KEEPINTVL", 1),
    ("TCP_KEEPCNT", 5),
    ("TCP_USER_TIMEOUT", 8_000),
)
"""Together: a connection without an answer for 8 s is lost, before a copy that waits for one gives the board up.

Without them a pulled network cable is never noticed.
"""


def notice_silence(connection: socket.socket) -> None:
    """Have ``connection`` break off when its other end shows no sign of life, and send small pieces at once."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _SIGNS_OF_LIFE:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
