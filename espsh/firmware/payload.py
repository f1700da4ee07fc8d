"""What is written to a board, and what its flash holds before: values."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from espsh.firmware.image import Image
from espsh.firmware.micropython import MicroPython
from espsh.firmware.ota import Ota
from espsh.firmware.partitions import Partition, PartitionTable


class Role(Enum):
    """What a part is to the chip."""

    FIRMWARE = "firmware"  # bootloader, table and application in one, or all that an ESP8266 has
    BOOTLOADER = "bootloader"
    TABLE = "partition table"
    OTADATA = "OTA choice"
    APP = "application"
    DATA = "data"


class Part(NamedTuple):
    """Bytes for one place in flash. ``home`` is where they belong, None for bytes that may go anywhere."""

    offset: int
    data: bytes
    role: Role
    name: str
    home: int | None = None

    @property
    def end(self) -> int:
        """The first offset behind it."""
        return self.offset + len(self.data)

    def __str__(self) -> str:
        return f"{self.name} (0x{self.offset:x}-0x{self.end:x})"


class Placed(NamedTuple):
    """An image and the flash offset that it will be at."""

    offset: int
    role: Role
    image: Image


class Payload(NamedTuple):
    """All that is written, in the order of flash.

    ``table`` is the one the board will have, None where it keeps its own or has none. ``damage`` has what is wrong with
    the files themselves, ``remarks`` what was chosen for the user.
    """

    parts: tuple[Part, ...]
    images: tuple[Placed, ...] = ()
    table: PartitionTable | None = None
    micropython: MicroPython | None = None
    damage: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """The first offset behind the last part."""
        return max((part.end for part in self.parts), default=0)

    @property
    def size(self) -> int:
        """The bytes to write."""
        return sum(len(part.data) for part in self.parts)


class Layout(NamedTuple):
    """The flash of the board in hand, as read from it: None for what is not there or not valid.

    ``otadata`` are the bytes of the table's otadata partition. ``files`` is where MicroPython's files are, in the table
    or behind it.
    """

    bootloader: Image | None = None
    table: PartitionTable | None = None
    otadata: bytes | None = None
    ota: Ota | None = None
    files: Partition | None = None
