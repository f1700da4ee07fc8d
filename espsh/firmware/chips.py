"""Espressif's chips among those that are known, and where in flash MicroPython's firmware has what.

The partition table is at 0x8000 and the application at 0x10000 in every firmware of MicroPython.
"""

from __future__ import annotations

from collections.abc import Iterator

from espsh.chips import known
from espsh.chips.chip import Chip, EspChip

TABLE_OFFSET = 0x8000
TABLE_SIZE = 0xC00
APP_OFFSET = 0x10000


def esp_chips() -> Iterator[EspChip]:
    """Yield the chips that esptool writes to."""
    return (chip for chip in known.chips() if isinstance(chip, EspChip))


def chip_named(name: str) -> EspChip | None:
    """Return the chip called ``name`` in any spelling."""
    return _esp(known.chip_named(name))


def chip_by_id(image_id: int) -> EspChip | None:
    """Return the chip whose images are marked with ``image_id``."""
    return _esp(known.chip_by_id(image_id))


def foreign_chip(name: str) -> Chip | None:
    """Return the chip of that name where it is one that esptool does not write to."""
    chip = known.chip_named(name)
    return None if isinstance(chip, EspChip) else chip


def revision_text(revision: int) -> str:
    """Return a revision as Espressif writes it: ``v3.1`` for 301."""
    return f"v{revision // 100}.{revision % 100}"


def _esp(chip: Chip | None) -> EspChip | None:
    return chip if isinstance(chip, EspChip) else None
