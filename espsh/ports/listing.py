"""Which serial ports the computer has, what is behind them, and where a board may be expected.

Nothing is opened: a port is judged by its USB ids, which the system knows.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from espsh.ports.usb_ids import usb_kind


@dataclass(frozen=True, slots=True)
class PortInfo:
    """A serial port. ``vid`` and ``pid`` are None where it is no USB device; ``location`` is the USB path, ``1-1.2``.

    ``plausible`` says that a board may be expected there.
    """

    device: str
    description: str = ""
    vid: int | None = None
    pid: int | None = None
    serial: str | None = None
    location: str | None = None
    kind: str = ""
    plausible: bool = False

    @property
    def usb_id(self) -> str | None:
        """The USB ids as ``10c4:ea60``."""
        return None if self.vid is None or self.pid is None else f"{self.vid:04x}:{self.pid:04x}"


Scan = Callable[[], Iterable[Any]]
"""Gives pyserial's ``ListPortInfo`` objects."""


def list_ports(scan: Scan | None = None, platform: str = sys.platform) -> list[PortInfo]:
    """Return the ports, those where a board may be expected first, else by name with numbers in order.

    On macOS each device has two names; only ``cu.*`` is listed, since ``tty.*`` waits for a carrier.
    """
    found = [_port(raw) for raw in (scan or _scan)()]
    if platform == "darwin":
        found = [port for port in found if not port.device.startswith("/dev/tty.")]
    return in_order(found)


def in_order(ports: Iterable[PortInfo]) -> list[PortInfo]:
    """Return the ports, those where a board may be expected first, else by name with numbers in order."""
    return sorted(ports, key=lambda port: (not port.plausible, _natural(port.device)))


Lister = Callable[[], Sequence[PortInfo]]
"""Gives the ports that are there now."""


def plausible(ports: Iterable[PortInfo]) -> list[PortInfo]:
    """Return the ports where a board may be expected: known USB devices, never Bluetooth or an unknown one."""
    return [port for port in ports if port.plausible]


def as_records(ports: Iterable[PortInfo]) -> list[dict[str, Any]]:
    """Return the ports as a program reads them."""
    return [
        {
            "port": port.device,
            "usb_id": port.usb_id,
            "serial": port.serial,
            "location": port.location,
            "what": port.kind or port.description,
            "plausible": port.plausible,
        }
        for port in ports
    ]


class KnownPorts:
    """The ports for completion: what was found last, at once; looking again happens behind."""

    def __init__(self, find: Callable[[], Sequence[PortInfo]] = list_ports, fresh: float = 2.0) -> None:
        """Take how to ``find`` ports and for how many seconds what was found counts as ``fresh``."""
        self._find = find
        self._fresh = fresh
        self._found: Sequence[PortInfo] = ()
        self._looked_at: float | None = None
        self._looking: threading.Thread | None = None

    def __call__(self) -> Sequence[tuple[str, str]]:
        """Return each port and what it is, as known now."""
        known, now = self._found, time.monotonic()
        stale = self._looked_at is None or now - self._looked_at > self._fresh
        if stale and (self._looking is None or not self._looking.is_alive()):
            self._looking = threading.Thread(target=self._look, name="ports", daemon=True)
            self._looking.start()
        return [(port.device, port.kind or port.description) for port in known]

    def wait(self) -> None:
        """Wait until the look that is under way is over."""
        if self._looking is not None:
            self._looking.join()

    def _look(self) -> None:
        self._found = self._find()
        self._looked_at = time.monotonic()


def _scan() -> Iterable[Any]:
    from serial.tools import list_ports as of_pyserial

    return of_pyserial.comports()


def _port(raw: Any) -> PortInfo:
    interface = _interface(raw.location)
    kind = usb_kind(raw.vid, raw.pid, interface)
    description = "" if raw.description in (None, "n/a") else raw.description
    return PortInfo(
        device=raw.device,
        description=description,
        vid=raw.vid,
        pid=raw.pid,
        serial=raw.serial_number or None,
        location=raw.location,
        kind=_shown_kind(kind.name if kind else "", raw.device, description),
        plausible=kind is not None and kind.plausible and "bluetooth" not in f"{raw.device} {description}".lower(),
    )


def _shown_kind(name: str, device: str, description: str) -> str:
    return name or ("Bluetooth" if "bluetooth" in f"{device} {description}".lower() else "")


def _interface(location: str | None) -> int | None:
    """Read the interface's number off pyserial's location: ``1-1.2:1.0`` is interface 0 (Windows: ``1-1:x.0``)."""
    found = re.search(r":[0-9a-fx]+\.(\d+)$", location or "")
    return int(found[1]) if found else None


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort ``COM10`` after ``COM9``."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]
