"""What a flash holds, read piece by piece: from a board through a function that reads its flash, or from a file."""

from __future__ import annotations

from collections.abc import Callable

from espsh.errors import FirmwareError
from espsh.firmware.chips import TABLE_OFFSET, TABLE_SIZE, Chip
from espsh.firmware.files import read_firmware
from espsh.firmware.image import Image, read_image
from espsh.firmware.kinds import stranger
from espsh.firmware.ota import read_ota
from espsh.firmware.payload import Layout
from espsh.firmware.table_files import read_table, read_table_file

Read = Callable[[int, int], bytes]
"""``read(offset, size)`` returns that many bytes of flash."""

_BOOTLOADER_HEAD = 0x100


def read_layout(read: Read, chip: Chip) -> Layout:
    """Return what a flash holds, from the few pieces that tell: 0x100 bytes of bootloader, the table, the otadata.

    What is not there or not valid is None. An ESP8266 has none of it.
    """
    if not chip.partitioned:
        return Layout()
    bootloader = _head_of_image(read(chip.bootloader, _BOOTLOADER_HEAD))
    try:
        table = read_table(read(TABLE_OFFSET, TABLE_SIZE))
    except FirmwareError:
        return Layout(bootloader)
    otadata = read(table.otadata.offset, table.otadata.size) if table.otadata else None
    return Layout(bootloader, table, otadata, read_ota(table, otadata))


def layout_of_file(name: str, data: bytes) -> Layout:
    """Return what a file tells of a flash: a table (binary or CSV), a firmware with a table in it, or a backup."""
    if stranger(data) is not None:
        return _of_table(name, data)
    file = read_firmware(name, data)
    if file.table is None:
        hint = "a whole firmware has one, and so has the backup of a board"
        raise FirmwareError(f"{name} holds no partition table, but: {file.kind.value}", hint)
    if file.chip is None or file.bootloader is None or file.origin is None:
        return Layout(None, file.table, None, read_ota(file.table, None))
    origin = file.origin
    return read_layout(lambda offset, size: data[offset - origin : offset - origin + size], file.chip)


def _of_table(name: str, data: bytes) -> Layout:
    table = read_table_file(name, data)
    return Layout(None, table, None, read_ota(table, None))


def _head_of_image(data: bytes) -> Image | None:
    """Return the image whose first bytes these are; whether the rest is whole is not known."""
    try:
        return read_image(data)._replace(damage="")
    except FirmwareError:
        return None
