"""Whether a port is a UART's, so that the board's end of it has a rate: a USB bridge, a port of the computer's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from espsh.ports.listing import PortInfo, list_ports
from espsh.ports.usb_ids import usb_kind
from espsh.sim.options import parse_url

_OWN = re.compile(r"/dev/(tty(S|AMA|O|THS|mxc)|pts/|serial)\d+|/dev/pts/\d+|COM\d+")
"""UARTs of the computer, and ptys, which stand for one."""


def why_no_uart(url: str, ports: Iterable[PortInfo] | None = None) -> str:
    """Return why the board behind ``url`` may not be on a UART, or ""."""
    if url.startswith("sim:"):
        return "" if parse_url(url).baud else "the board's USB is its own"
    if "://" in url:
        return "the port is on a network"
    if Path(url).is_symlink():  # as those in /dev/serial/by-id
        url = str(Path(url).resolve())
    port = next((port for port in (list_ports() if ports is None else ports) if port.device == url), None)
    if port is not None and port.vid is not None:
        kind = usb_kind(port.vid, port.pid)
        return "" if kind is not None and kind.uart else "the board's USB is its own"
    return "" if _OWN.fullmatch(url) else "the port is not known to be a UART's"
