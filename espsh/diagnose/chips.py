"""The chips of Espressif as boot logs name them: by a number in an image's header, by the ROM's first line."""

from __future__ import annotations

import re

from espsh.chips.known import chip_by_id

_ROMS = (
    (re.compile(r"ESP-ROM:(esp32[a-z]\d+)"), ""),
    (re.compile(r"ets Jan +8 2013"), "esp8266"),
    (re.compile(r"ets (?:Jun +8 2016|Jul 29 2019)"), "esp32"),
)
"""The first line of each ROM; the newer ones say their chip, the older ones the day they were built."""


def chip_name(number: int) -> str:
    """Return the name of the chip with this id; an id that no chip has is said as such."""
    chip = chip_by_id(number)
    return chip.name if chip else f"no chip that is known (id {number})"


def chip_of_rom(line: str) -> str:
    """Return the chip whose ROM starts with ``line``: ``esp32c3``; "" where it is no ROM's first line."""
    for pattern, chip in _ROMS:
        if match := pattern.search(line):
            return chip or match[1]
    return ""
