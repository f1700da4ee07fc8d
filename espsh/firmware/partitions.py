"""Partition tables: the map of an ESP32's flash."""

from __future__ import annotations

from typing import NamedTuple


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
        raise NotImplementedError

    @property
    def subtype_name(self) -> str:
        """``factory``, ``ota_0``, ``nvs``, ``fat``, …, or the number."""
        raise NotImplementedError


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
        raise NotImplementedError

    @property
    def slots(self) -> tuple[Partition, ...]:
        """The OTA slots, by number."""
        raise NotImplementedError

    @property
    def otadata(self) -> Partition | None:
        """Where the chosen OTA slot is noted."""
        raise NotImplementedError

    def gaps(self, flash: int) -> tuple[Gap, ...]:
        """Return what is free in ``flash`` bytes, behind the table."""
        raise NotImplementedError

    def faults(self, flash: int | None = None) -> tuple[str, ...]:
        """Return what is wrong with it: overlaps, alignment, names twice, beyond ``flash`` bytes."""
        raise NotImplementedError


def read_table(data: bytes) -> PartitionTable:
    """Read a binary table; raises FirmwareError for what is none or has a wrong MD5."""
    raise NotImplementedError


def read_csv(text: str) -> PartitionTable:
    """Read a table as ESP-IDF's gen_esp32part takes it; raises FirmwareError that names the line."""
    raise NotImplementedError


def table_from_file(data: bytes) -> PartitionTable:
    """Read a table from a file that is binary or CSV."""
    raise NotImplementedError


def build_table(table: PartitionTable) -> bytes:
    """Return the binary table, 0xC00 bytes with its MD5."""
    raise NotImplementedError


def default_table(flash: int) -> PartitionTable:
    """Return the table of one application that gets all of ``flash`` bytes, as espflash makes it."""
    raise NotImplementedError
