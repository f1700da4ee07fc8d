"""What the user gave, and where each of it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from espsh.firmware.chips import Chip
from espsh.firmware.contents import Contents
from espsh.firmware.image import Image
from espsh.firmware.micropython import MicroPython
from espsh.firmware.ota import Ota
from espsh.firmware.partitions import PartitionTable


class Role(Enum):
    """What a part is to the chip."""

    FIRMWARE = "firmware"  # bootloader, table and application in one
    BOOTLOADER = "bootloader"
    TABLE = "partition table"
    OTADATA = "OTA choice"
    APP = "application"
    DATA = "data"


class Part(NamedTuple):
    """Bytes for one place in flash."""

    offset: int
    data: bytes
    role: Role
    name: str

    @property
    def end(self) -> int:
        """The first offset behind it."""
        return self.offset + len(self.data)


class Placed(NamedTuple):
    """An image and the flash offset that it will be at."""

    offset: int
    role: Role
    image: Image


class Payload(NamedTuple):
    """All that is written. ``table`` is the one the board will have, None where it keeps its own or has none."""

    parts: tuple[Part, ...]
    images: tuple[Placed, ...]
    table: PartitionTable | None
    micropython: MicroPython | None

    @property
    def end(self) -> int:
        """The first offset behind the last part."""
        return max((part.end for part in self.parts), default=0)


class Layout(NamedTuple):
    """The flash of the board in hand, as read from it: None for what is not there or not valid."""

    bootloader: Image | None = None
    table: PartitionTable | None = None
    otadata: bytes | None = None
    ota: Ota | None = None


def arrange(
    files: Sequence[tuple[int | None, Contents]],
    chip: Chip,
    layout: Layout,
    *,
    flash: int | None = None,
    bootloader: Contents | None = None,
    table: PartitionTable | None = None,
    convert: Callable[[bytes, Chip], bytes] | None = None,
) -> Payload:
    """Return what goes where on a board with this ``chip`` and ``layout``.

    Each file comes with its offset, or None where the file knows better. ``convert`` makes an application image of an
    ELF. Raises FirmwareError where a place cannot be known.
    """
    raise NotImplementedError
