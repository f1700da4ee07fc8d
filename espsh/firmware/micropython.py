"""What a firmware's bytes tell of the MicroPython in it."""

from __future__ import annotations

from typing import NamedTuple


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
    raise NotImplementedError
