"""What an application that comes alone gets: the bootloader and the table of the board's flash, or a table of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from espsh.firmware.files import FirmwareFile
from espsh.firmware.partitions import PartitionTable, default_table
from espsh.firmware.payload import Layout


def table_for(apps: Sequence[FirmwareFile], layout: Layout, flash: int | None) -> PartitionTable | None:
    """Return the table that ``apps`` need on a board with ``layout`` and ``flash`` bytes; None where its own will do.

    It is espflash's: settings, and one application that gets the rest.
    """
    if not apps or not flash:
        return None
    own = layout.table
    if own is not None and all(app.app is None or app.app.size <= _room(own) for app in apps):
        return None
    return default_table(flash)


def remarks(apps: Sequence[FirmwareFile], layout: Layout, *, first: bool, table: bool, made: bool) -> Iterator[str]:
    """Yield what ``apps`` use that nobody named.

    ``first`` and ``table`` say that a bootloader and a table come with them, ``made`` that the table is ours.
    """
    if not apps:
        return
    if not first and layout.bootloader is not None:
        version = f" (ESP-IDF {layout.bootloader.bootloader})" if layout.bootloader.bootloader else ""
        yield f"the bootloader on the flash stays{version}"
    if made:
        why = "the one on the flash has no room" if layout.table else "the flash has none"
        yield f"a partition table is made, since {why}: one application, which gets all"
    elif not table and layout.table is not None:
        yield "the partition table on the flash stays"


def _room(table: PartitionTable) -> int:
    """Return the bytes that an application has in the smallest partition that it may be put into."""
    return min((partition.size for partition in (table.factory, *table.slots) if partition), default=0)
