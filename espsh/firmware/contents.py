"""What a firmware file holds, read without a board."""

from __future__ import annotations

from typing import NamedTuple

from espsh.firmware.chips import Chip
from espsh.firmware.image import Image
from espsh.firmware.kinds import Kind
from espsh.firmware.micropython import MicroPython
from espsh.firmware.partitions import PartitionTable


class Contents(NamedTuple):
    """A file and what is in it.

    ``chip`` is what it is for, None where it does not tell (ELF, table, data). ``origin`` is the flash offset that the
    file's first byte belongs to, None where that is not the file's to say. ``bootloader`` and ``app`` are its images.
    """

    name: str
    data: bytes
    kind: Kind
    chip: Chip | None = None
    origin: int | None = None
    bootloader: Image | None = None
    table: PartitionTable | None = None
    app: Image | None = None
    micropython: MicroPython | None = None


def read_contents(name: str, data: bytes) -> Contents:
    """Return what the file holds; raises FirmwareError that says what it is where it is no firmware."""
    raise NotImplementedError


def read_any(name: str, data: bytes) -> Contents:
    """Return what the file holds; bytes of no known kind are data, for a file that comes with an offset."""
    raise NotImplementedError
