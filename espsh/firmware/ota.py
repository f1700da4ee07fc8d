"""Which of the OTA slots boots.

Source: ESP-IDF's ``bootloader_common.c``: two entries of 32 bytes, each at the start of a sector of the otadata
partition; the one with the higher number boots, unless its slot was found bad.
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from espsh.errors import FirmwareError
from espsh.firmware.partitions import SECTOR, Partition, PartitionTable

_ENTRY = struct.Struct("<I20sII")
_BLANK = 0xFFFFFFFF
_STATES = {0: "new", 1: "pending", 2: "valid", 3: "invalid", 4: "aborted", _BLANK: "undefined"}
_BAD = ("invalid", "aborted")


class Ota(NamedTuple):
    """The board's choice: ``active`` boots, ``following`` is the slot that the next firmware goes to.

    ``states`` are the slots' states by name, where the board noted one: ``new``, ``pending``, ``valid``, ``invalid``,
    ``aborted``, ``undefined``.
    """

    active: Partition | None
    following: Partition | None
    states: Mapping[str, str]


class _Entry(NamedTuple):
    sector: int
    number: int
    state: str


def read_ota(table: PartitionTable, otadata: bytes | None) -> Ota:
    """Return what boots by the 0x2000 bytes of the otadata partition; None or blank ones choose nothing."""
    slots = table.slots
    if not slots:
        return Ota(table.factory, None, {})
    entries = sorted(_entries(otadata or b""), key=lambda entry: entry.number)
    states = {slots[(entry.number - 1) % len(slots)].name: entry.state for entry in entries}
    good = [entry for entry in entries if entry.state not in _BAD]
    if good:
        chosen = (good[-1].number - 1) % len(slots)
        return Ota(slots[chosen], slots[(chosen + 1) % len(slots)], states)
    if table.factory is not None:
        return Ota(table.factory, slots[0], states)
    return Ota(slots[0], slots[1 % len(slots)], states)


def choose_slot(table: PartitionTable, otadata: bytes | None, slot: Partition) -> tuple[int, bytes]:
    """Return the flash offset and the bytes that make ``slot`` boot next.

    Its state is "undefined", as by a board without rollback: a new one would have to confirm itself after its boot.
    """
    if table.otadata is None or slot not in table.slots:
        raise FirmwareError(f"'{slot.name}' cannot be chosen: the table has no otadata, or no such OTA slot")
    entries = sorted(_entries(otadata or b""), key=lambda entry: entry.number)
    last = entries[-1] if entries else _Entry(1, 0, "undefined")
    slots = table.slots
    number = last.number + 1
    number += (slots.index(slot) - (number - 1)) % len(slots)
    entry = _ENTRY.pack(number, b"\xff" * 20, _BLANK, crc32(struct.pack("<I", number), _BLANK))
    return table.otadata.offset + (1 - last.sector) * SECTOR, entry


def _entries(otadata: bytes) -> Iterator[_Entry]:
    for sector in (0, 1):
        found = otadata[sector * SECTOR :][: _ENTRY.size]
        if len(found) < _ENTRY.size:
            continue
        number, _, state, check = _ENTRY.unpack(found)
        if number not in (0, _BLANK) and check == crc32(struct.pack("<I", number), _BLANK):
            yield _Entry(sector, number, _STATES.get(state, "undefined"))
