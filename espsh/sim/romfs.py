"""The ROMFS partition of a flash: where it is, and its bytes where a VM can map them, as the chip maps its flash."""

from __future__ import annotations

from collections.abc import Iterable

from espsh.sim import partitions
from espsh.sim.flash import SECTOR, FlashImage
from espsh.sim.partitions import DATA, Partition

LABEL = "romfs"
"""The name by which MicroPython's esp32 port finds it."""
_SUBTYPE = 0x8F


def add_partition(image: FlashImage, size: int) -> None:
    """Give a flash such a partition."""
    table = with_romfs(partitions.read_table(image.read(partitions.TABLE, partitions.TABLE_SIZE), image.size), size)
    image.erase(partitions.TABLE, SECTOR)
    image.program(partitions.TABLE, partitions.write_table(table))


def with_romfs(table: Iterable[Partition], size: int) -> tuple[Partition, ...]:
    """Return a table in which the app gives it its room, as in MicroPython's ``partitions-4MiB-romfs.csv``."""
    *others, app, vfs = table
    room = app.size - size
    return (*others, app._replace(size=room), Partition(LABEL, DATA, _SUBTYPE, app.offset + room, size), vfs)


def place(image: FlashImage) -> tuple[int, int]:
    """Return the offset and size of the partition in bytes, (0, 0) where the table has none."""
    try:
        table = partitions.read_table(image.read(partitions.TABLE, partitions.TABLE_SIZE), image.size)
    except partitions.NoTableError:
        return 0, 0
    found = (part for part in table if part.type == DATA and part.label == LABEL)
    return next(((part.offset, part.size) for part in found), (0, 0))


def spell_out(image: FlashImage, offset: int, size: int) -> None:
    """Write the ones of sectors that were never written: who maps the file sees its bytes alone."""
    for sector in range(offset, offset + size, SECTOR):
        image.program(sector, b"\xff")
