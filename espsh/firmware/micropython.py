"""What a firmware's bytes tell of the MicroPython in it."""

from __future__ import annotations

import re
from typing import NamedTuple

# The REPL's banner: "MicroPython v1.29.0 on 2026-08-01", and "; NAME with ESP32S3" in the same string or another.
_BANNER = re.compile(rb"MicroPython (v?\d[!-~]{0,60}) on \d{4}-\d\d-\d\d")
_MACHINE = re.compile(rb"(?:; |\0)([!-:<-~][ -:<-~]{2,90}?) with ESP(?:32|8266)")
_NAME = re.compile(rb"SPIRAM|PSRAM")
# ESP-IDF's cpu_start.c, compiled without CONFIG_SPIRAM_IGNORE_NOTFOUND; with it the line ends in "continuing without".
_ABORTS = b"Failed to init external RAM!"


class MicroPython(NamedTuple):
    """``version`` is as ``v1.29.0``, ``board`` as "Generic ESP32 module with SPIRAM", each "" where not found.

    ``spiram`` is whether it was built for PSRAM; ``aborts`` whether it stops booting without.
    """

    version: str
    board: str
    spiram: bool
    aborts: bool


def find_micropython(data: bytes) -> MicroPython | None:
    """Return what an application's bytes tell, or None for one without MicroPython."""
    banner = _BANNER.search(data)
    if banner is None:
        return None
    machine = _MACHINE.search(data)
    board = machine[1] if machine else b""
    aborts = _ABORTS in data
    return MicroPython(banner[1].decode(), board.decode(), bool(_NAME.search(board)) or aborts, aborts)
