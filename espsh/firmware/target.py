"""The chip in hand, as far as it told of itself."""

from __future__ import annotations

from typing import NamedTuple

from espsh.chips.chip import EspChip


class Target(NamedTuple):
    """What firmware is written to.

    ``revision`` is major * 100 + minor. ``flash`` and ``psram`` are bytes, None where unknown; ``psram`` 0 is a chip
    known to have none (:meth:`EspChip.psram_size`).
    """

    chip: EspChip
    revision: int | None = None
    flash: int | None = None
    psram: int | None = None
    secure_boot: bool = False
    flash_encryption: bool = False
    secure_download: bool = False
    mac: str = ""
