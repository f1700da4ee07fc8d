"""Flash chips by the three bytes they answer to RDID (0x9F)."""

from __future__ import annotations

from typing import NamedTuple


class FlashPart(NamedTuple):
    """A flash chip: its JEDEC ``id`` as ``ef4016``, names or "" where unknown, ``size`` in bytes or None."""

    id: str
    manufacturer: str
    part: str
    size: int | None


def flash_part(manufacturer: int, device: int) -> FlashPart:
    """Return the flash chip that answered with these (0xEF, 0x4016); raises FirmwareError where no chip did."""
    raise NotImplementedError
