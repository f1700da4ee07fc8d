"""Partition tables: the map of an ESP32's flash.

Numbers and names are ESP-IDF's (``esp_partition.h``). MicroPython's files are in the data partition ``vfs`` or
``ffat``; since 1.26 most of its tables have none, and it takes what is behind the last partition
(``ports/esp32/main.c``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from espsh.errors import FirmwareError
from espsh.firmware.chips import APP_OFFSET, TABLE_OFFSET

APP, DATA = 0, 1
FAT = 0x81
SECTOR = 0x1000
FIRST_OFFSET = TABLE_OFFSET + SECTOR
_FIRST_SLOT, _SLOTS = 0x10, 16
_TYPES = {APP: "app", DATA: "data", 2: "bootloader", 3: "partition_table"}
_SUBTYPES = {
    APP: {0x00: "factory", **{_FIRST_SLOT + slot: f"ota_{slot}" for slot in range(_SLOTS)}, 0x20: "test"},
    DATA: {
        0x00: "ota", 0x01: "phy", 0x02: "nvs", 0x03: "coredump", 0x04: "nvs_keys", 0x05: "efuse", 0x06: "undefined",
        0x80: "esphttpd", 0x81: "fat", 0x82: "spiffs", 0x83: "littlefs", 0x90: "tee_ota",
    },
}  # fmt: skip
_ALIGNMENT = {APP: 0x10000}


class Partition(NamedTuple):
    """One partition: ``offset`` and ``size`` in bytes of flash, ``type`` and ``subtype`` as ESP-IDF's numbers."""

    name: str
    type: int
    subtype: int
    offset: int
    size: int
    encrypted: bool = False
    readonly: bool = False

    @property
    def end(self) -> int:
        """The first offset behind it."""
        return self.offset + self.size

    @property
    def type_name(self) -> str:
        """``app``, ``data``, …, or the number."""
        return _TYPES.get(self.type, f"0x{self.type:02x}")

    @property
    def subtype_name(self) -> str:
        """``factory``, ``ota_0``, ``nvs``, ``fat``, …, or the number."""
        return _SUBTYPES.get(self.type, {}).get(self.subtype, f"0x{self.subtype:02x}")

    def __str__(self) -> str:
        return f"{self.name} (0x{self.offset:x}-0x{self.end:x})"


class Gap(NamedTuple):
    """Flash that no partition uses."""

    offset: int
    size: int


class PartitionTable(NamedTuple):
    """The partitions, in the order of the table."""

    partitions: tuple[Partition, ...]

    @property
    def end(self) -> int:
        """The first offset behind the last partition."""
        return max((partition.end for partition in self.partitions), default=0)

    def find(self, name: str) -> Partition | None:
        """Return the partition called ``name``."""
        return next((partition for partition in self.partitions if partition.name == name), None)

    @property
    def factory(self) -> Partition | None:
        """The application that runs where no OTA slot is chosen."""
        return self._first(APP, 0x00)

    @property
    def slots(self) -> tuple[Partition, ...]:
        """The OTA slots, by number."""
        slots = (p for p in self.partitions if p.type == APP and 0 <= p.subtype - _FIRST_SLOT < _SLOTS)
        return tuple(sorted(slots, key=lambda slot: slot.subtype))

    @property
    def otadata(self) -> Partition | None:
        """Where the chosen OTA slot is noted."""
        return self._first(DATA, 0x00)

    def files(self, flash: int | None) -> Partition | None:
        """Return where MicroPython keeps its files in ``flash`` bytes; without a partition, behind the last one."""
        named = self.find("vfs") or self.find("ffat")
        if named is not None or flash is None or flash <= self.end:
            return named
        return Partition("vfs", DATA, FAT, self.end, flash - self.end)

    def gaps(self, flash: int) -> tuple[Gap, ...]:
        """Return what is free in ``flash`` bytes, behind the table."""
        found, position = [], FIRST_OFFSET
        for partition in sorted(self.partitions, key=lambda partition: partition.offset):
            if partition.offset > position:
                found.append(Gap(position, min(partition.offset, flash) - position))
            position = max(position, partition.end)
        found.append(Gap(position, flash - position))
        return tuple(gap for gap in found if gap.size > 0)

    def faults(self, flash: int | None = None) -> tuple[str, ...]:
        """Return what is wrong with it, each in half a sentence; ``flash`` is the chip's bytes where known."""
        return tuple(self._faults(flash))

    def _faults(self, flash: int | None) -> Iterator[str]:
        ordered = sorted(self.partitions, key=lambda partition: partition.offset)
        for partition in ordered:
            if partition.offset < FIRST_OFFSET:
                yield f"{partition} lies on the table itself, which ends at 0x{FIRST_OFFSET:x}"
            if partition.offset % _ALIGNMENT.get(partition.type, SECTOR):
                yield f"{partition} does not start at a multiple of 0x{_ALIGNMENT.get(partition.type, SECTOR):x}"
            if flash is not None and partition.end > flash:
                yield f"{partition} ends behind the flash, which has 0x{flash:x} bytes"
        for one, other in pairwise(ordered):
            if other.offset < one.end:
                yield f"{one} and {other} overlap"
        names = [partition.name for partition in self.partitions]
        yield from (f"{names.count(name)} partitions are called '{name}'" for name in sorted({*names}) if
                    names.count(name) > 1)  # fmt: skip

    def _first(self, kind: int, subtype: int) -> Partition | None:
        return next((p for p in self.partitions if (p.type, p.subtype) == (kind, subtype)), None)


def default_table(flash: int) -> PartitionTable:
    """Return the table of one application that gets all that is left of ``flash`` bytes, as espflash makes it."""
    if flash <= APP_OFFSET:
        raise FirmwareError(f"a flash of 0x{flash:x} bytes has no room for an application")
    return PartitionTable(
        (
            Partition("nvs", DATA, 0x02, 0x9000, 0x6000),
            Partition("phy_init", DATA, 0x01, 0xF000, 0x1000),
            Partition("factory", APP, 0x00, APP_OFFSET, min(flash, 16 * 1024 * 1024) - APP_OFFSET),
        )
    )
