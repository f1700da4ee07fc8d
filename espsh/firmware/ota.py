"""Which of the OTA slots boots."""

from __future__ import annotations

from typing import NamedTuple

from espsh.firmware.partitions import Partition, PartitionTable


class Ota(NamedTuple):
    """The board's choice: ``active`` boots, ``following`` is the slot that the next firmware goes to.

    ``states`` are the slots' states by name, where the board noted one: ``new``, ``pending``, ``valid``, ``invalid``,
    ``aborted``, ``undefined``.
    """

    active: Partition | None
    following: Partition | None
    states: dict[str, str]


def read_ota(table: PartitionTable, otadata: bytes | None) -> Ota:
    """Return what boots by the 0x2000 bytes of the otadata partition; None or blank ones choose nothing."""
    raise NotImplementedError


def choose_slot(table: PartitionTable, otadata: bytes | None, slot: Partition) -> tuple[int, bytes]:
    """Return the flash offset and the bytes that make ``slot`` boot next."""
    raise NotImplementedError
