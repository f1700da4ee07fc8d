"""Ports that come and go, noticed within half a second.

No system tells portably when a device appears, so a thread looks. On Linux it looks at one time first, that of the
last change in ``/dev``, which takes 2 µs four times a second; the ports are listed only where it has changed. udev
would tell the same a quarter of a second sooner, for one more dependency.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from espsh.errors import EspshError
from espsh.ports.listing import Lister, PortInfo

_CHEAP, _DEAR = 0.25, 0.8
"""Seconds between two looks, with and without something cheap to look at."""


class Change(NamedTuple):
    """The ports that went and those that came. One that is another device now went and came."""

    gone: Sequence[PortInfo]
    come: Sequence[PortInfo]


def compare(before: Sequence[PortInfo], now: Sequence[PortInfo]) -> Change:
    """Return what has changed between two listings."""
    return Change([port for port in before if port not in now], [port for port in now if port not in before])


class PortWatch:
    """Calls ``told`` in a thread of its own for each change of the ports."""

    def __init__(self, find: Lister, told: Callable[[Change], None], stamp: Callable[[], object] | None = None) -> None:
        """Take how to ``find`` the ports; they are listed only after ``stamp()`` has become another."""
        self._find = find
        self._told = told
        self._stamp = stamp
        self._every = _CHEAP if stamp else _DEAR
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hot-plug", daemon=True)

    def start(self) -> None:
        """Look from now on; what is there at first is no change."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        seen, settled = self._mark(), False
        known = self._ports([])
        while not self._ending.wait(self._every):
            mark = self._mark()
            changed = mark is None or mark != seen
            # What changes within one tick of the kernel's clock has one time: after a change we look once more.
            if not changed and settled:
                continue
            seen, settled, now = mark, not changed, self._ports(known)
            change, known = compare(known, now), now
            if change.gone or change.come:
                self._told(change)

    def _mark(self) -> object:
        return self._stamp() if self._stamp else None

    def _ports(self, known: Sequence[PortInfo]) -> Sequence[PortInfo]:
        try:
            return self._find()
        except (OSError, EspshError):  # a device went while it was asked for its facts
            return known


def stamp_of_devices(platform: str = sys.platform) -> Callable[[], object] | None:
    """Return what changes whenever a device appears or goes, or None where the system has nothing that cheap."""
    if platform != "linux":
        return None
    devices = Path("/dev")
    return lambda: devices.stat().st_mtime_ns
