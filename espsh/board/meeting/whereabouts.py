"""Where a board was, and which of the ports that are there now may be its, by what USB says. Nothing is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from espsh.ports.listing import PortInfo

SURE = 2
"""The least rank of a port that is taken for a board's own without being asked who is there."""


class Hints(NamedTuple):
    """A board's port, and what its USB device said of itself: ``serial`` and ``location``, "" where it says none.

    They are hints: CP2102 bridges come with the serial number 0001, CH340 with none, ports are numbered as they come.
    """

    port: str
    vendor: int | None = None
    serial: str = ""
    location: str = ""


def hints_of(url: str, ports: Sequence[PortInfo]) -> Hints:
    """Return what is to be known of the board behind ``url``."""
    real = os.path.realpath(url)
    port = next((port for port in ports if port.device == url), None)
    port = port or next((port for port in ports if port.device == real), None)
    if port is None:
        return Hints(url)
    return Hints(url, port.vid, _plain(port.serial), _place(port.location))


def rank(hints: Hints, port: PortInfo) -> int:
    """Return how much speaks for it that ``port`` is where the board of ``hints`` is; 0 for nothing.

    A board with its own USB keeps its serial number in download mode, though not its spelling nor its product id.
    """
    here = hints_of(port.device, [port])
    device = bool(hints.serial) and (hints.vendor, hints.serial) == (here.vendor, here.serial)
    socket = bool(hints.location) and hints.location == here.location
    name = hints.port == here.port
    return 3 * device + 2 * socket + name


def candidates(hints: Hints, ports: Sequence[PortInfo], strangers: Collection[PortInfo]) -> list[str]:
    """Return the ports where the board may be, the likeliest first: those hints speak for, then those that are new.

    ``strangers`` are ports that somebody else had when the board was lost: they are left alone.
    """
    ranked = [(rank(hints, port), port) for port in ports]
    ranked.sort(key=lambda one: -one[0])
    return [
        port.device
        for weight, port in ranked
        if port.device == hints.port or (port.plausible and (weight or port not in strangers))
    ]


def likeliest(hints: Hints, ports: Sequence[PortInfo]) -> str:
    """Return the port at which the board is as far as USB can say, which is its old one where nothing else is known."""
    best = max(ports, key=lambda port: rank(hints, port), default=None)
    return best.device if best is not None and rank(hints, best) >= SURE else hints.port


def _plain(serial: str | None) -> str:
    return re.sub(r"[^0-9a-z]", "", (serial or "").lower())


def _place(location: str | None) -> str:
    """Return the socket without the interface: ``1-1.2`` of ``1-1.2:1.0``."""
    return (location or "").partition(":")[0]
