"""What a UF2 file holds. Pure.

Source: the README of microsoft/uf2, and the RP2040 datasheet, 2.8.4.2: a board takes blocks of its own family only,
counts them by the numbers in them, and waits for ever for one that is missing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from espsh.api import FirmwareError, chip_by_uf2_family, human_size

BLOCK = 512
_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_END = struct.pack("<I", 0x0AB16F30)
_ROOM = 476
_NOT_FLASH, _CONTAINER, _HAS_FAMILY = 0x0001, 0x1000, 0x2000
_ABSOLUTE = 0xE48BFF57
"""RP2350 files begin with a block of this family (its erratum E10), which says that it is one of two and is alone."""


class Part(NamedTuple):
    """What is for one family of chips, None for any: ``size`` bytes between two addresses."""

    family: int | None
    start: int
    end: int
    size: int

    @property
    def made_for(self) -> str:
        """Whom it is for, in words."""
        if self.family is None:
            return "any chip"
        chip = chip_by_uf2_family(self.family)
        return chip.name if chip else f"UF2 family 0x{self.family:08x}"

    def __str__(self) -> str:
        return f"{human_size(self.size)} for {self.made_for} at 0x{self.start:x}-0x{self.end:x}"


class _Block(NamedTuple):
    flags: int
    address: int
    size: int
    number: int
    total: int
    family: int | None


def read_uf2(name: str, data: bytes) -> tuple[Part, ...]:
    """Return the parts of a UF2 file, one for each family. Raises FirmwareError for what is none, or not whole."""
    if not data.startswith(b"UF2\n"):
        raise FirmwareError(f"{name} is no UF2 file")
    if len(data) % BLOCK:
        raise FirmwareError(f"{name} is cut short: a UF2 file is blocks of {BLOCK} bytes", "download it again")
    families: dict[int | None, list[_Block]] = {}
    for block in _blocks(name, data):
        if block.family != _ABSOLUTE:
            families.setdefault(block.family, []).append(block)
    found = tuple(part for family, blocks in families.items() for part in _part(name, family, blocks))
    if not found:
        raise FirmwareError(f"{name} has nothing for a flash in it")
    return found


def _blocks(name: str, data: bytes) -> Iterator[_Block]:
    for at in range(0, len(data), BLOCK):
        first, second, flags, address, size, number, total, family = _HEADER.unpack_from(data, at)
        if (first, second) != _MAGIC or data[at + BLOCK - 4 : at + BLOCK] != _END or size > _ROOM:
            raise FirmwareError(f"{name} is damaged: at byte {at} is no UF2 block", "download it again")
        if flags & _CONTAINER:
            raise FirmwareError(f"{name} holds files, no firmware")
        yield _Block(flags, address, size, number, total, family if flags & _HAS_FAMILY else None)


def _part(name: str, family: int | None, blocks: list[_Block]) -> Iterator[Part]:
    numbers, totals = {block.number for block in blocks}, {block.total for block in blocks}
    if len(totals) > 1 or len(numbers) != max(totals) or max(numbers) >= len(numbers):
        lack = f"{len(numbers)} of {max(totals)} blocks are there"
        raise FirmwareError(f"{name} is not whole: {lack}", "download it again; the board would wait for the rest")
    once = {block.number: block for block in blocks}.values()
    flash = [block for block in once if not block.flags & _NOT_FLASH and block.size]
    if flash:
        end = max(block.address + block.size for block in flash)
        yield Part(family, min(block.address for block in flash), end, sum(block.size for block in flash))
