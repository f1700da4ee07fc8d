"""What a flash holds, read piece by piece: from a board through a function that reads its flash, or from a file."""

from __future__ import annotations

from collections.abc import Callable

from espsh.chips.chip import EspChip
from espsh.errors import FirmwareError
from espsh.firmware.chips import TABLE_OFFSET, TABLE_SIZE
from espsh.firmware.files import read_firmware
from espsh.firmware.image import Image, read_image
from espsh.firmware.kinds import stranger
from espsh.firmware.ota import read_ota
from espsh.firmware.partitions import SECTOR, Partition
from espsh.firmware.payload import Layout
from espsh.firmware.table_files import read_table, read_table_file

Read = Callable[[int, int], bytes]
"""``read(offset, size)`` returns that many bytes of flash."""

_BOOTLOADER_HEAD = 0x100


def read_layout(read: Read, chip: EspChip, flash: int | None) -> Layout:
    """Return what a flash holds, from the few pieces of it that tell.

    These are 0x100 bytes of the bootloader, the table, the OTA data and, where the table names no filesystem, the start
    of what may be one behind it, up to ``flash``, the size in bytes where that is known. What is not there or not valid
    is None. An ESP8266 has none of it.
    """
    if not chip.partitioned:
        return Layout()
    bootloader = _head_of_image(read(chip.bootloader, _BOOTLOADER_HEAD))
    try:
        table = read_table(read(TABLE_OFFSET, TABLE_SIZE))
    except FirmwareError:
        return Layout(bootloader)
    otadata = read(table.otadata.offset, table.otadata.size) if table.otadata else None
    files = table.files(flash)
    if files is not None and files not in table.partitions and not _holds_files(read, files):
        files = None
    return Layout(bootloader, table, otadata, read_ota(table, otadata), files)


def with_whole_bootloader(read: Read, chip: EspChip, layout: Layout) -> Layout:
    """Return the layout with what all of the bootloader tells, which says whether it is whole."""
    if layout.bootloader is None:
        return layout
    return layout._replace(bootloader=read_image(read(chip.bootloader, TABLE_OFFSET - chip.bootloader)))


def layout_of_file(name: str, data: bytes) -> Layout:
    """Return what a file tells of a flash: a table (binary or CSV), a firmware with a table in it, or a backup."""
    if stranger(data) is not None:
        return _of_table(name, data)
    file = read_firmware(name, data)
    if file.table is None:
        hint = "a whole firmware has one, and so has the backup of a board"
        raise FirmwareError(f"{name} holds no partition table, but: {file.kind.value}", hint)
    if file.chip is None or file.bootloader is None or file.origin is None:
        return Layout(table=file.table, ota=read_ota(file.table, None))
    origin = file.origin
    return read_layout(
        lambda offset, size: data[offset - origin : offset - origin + size], file.chip, origin + len(data)
    )


def _of_table(name: str, data: bytes) -> Layout:
    table = read_table_file(name, data)
    return Layout(table=table, ota=read_ota(table, None))


def _head_of_image(data: bytes) -> Image | None:
    """Return the image whose first bytes these are; whether the rest is whole is not known."""
    try:
        return read_image(data)._replace(damage="")
    except FirmwareError:
        return None


def _holds_files(read: Read, partition: Partition) -> bool:
    """Return whether a filesystem starts there: littlefs is named in one of its first two blocks, FAT ends in 55 aa."""
    first = read(partition.offset, 0x200)
    return (
        first[8:16] == b"littlefs"
        or first[510:512] == b"\x55\xaa"
        or (partition.size > SECTOR and read(partition.offset + SECTOR, 16)[8:16] == b"littlefs")
    )
