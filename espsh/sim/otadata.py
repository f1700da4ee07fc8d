"""Which app the bootloader starts by the OTA data, and what it notes there. Pure.

With rollback, as MicroPython's OTA builds have it (``sdkconfig.ota``): a new app is on trial at its first start, and is
left again at the next one unless it was marked valid. Source: ESP-IDF's ``bootloader_utility.c`` and
``bootloader_common.c``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from espsh.sim.partitions import APP, FACTORY, OTA_0, OTA_SLOTS, Partition

SECTOR = 0x1000
NEW, PENDING, VALID, INVALID, ABORTED = range(5)
_ENTRY = struct.Struct("<I20sII")
_BLANK = 0xFFFF_FFFF


class Entry(NamedTuple):
    """What one of the two sectors says. ``number`` counts from 1; ``right``: it has the checksum of its number."""

    number: int
    state: int
    right: bool = True

    @property
    def chooses(self) -> bool:
        """Whether it may choose the slot."""
        return self.right and self.number not in (0, _BLANK) and self.state not in (INVALID, ABORTED)

    def packed(self) -> bytes:
        """Return its bytes."""
        return _ENTRY.pack(self.number, b"\xff" * 20, self.state, _checksum(self.number))


class Choice(NamedTuple):
    """The apps in the order in which they are tried, and the entries to write, by their sector.

    ``blank``: nothing was chosen ever, and what starts is noted as chosen and valid.
    """

    order: tuple[Partition, ...]
    notes: Mapping[int, Entry]
    blank: bool = False

    def notes_for(self, started: Partition) -> Mapping[int, Entry]:
        """Return the entries to write where ``started`` is the app that can be run."""
        if not self.blank or started.subtype == FACTORY:
            return self.notes
        return {**self.notes, 0: Entry(started.subtype - OTA_0 + 1, VALID)}


def choose(table: Iterable[Partition], otadata: bytes) -> Choice:
    """Return what is to start by the two sectors of ``otadata``, b"" where the table has none.

    From the chosen slot backwards to the factory's app, then the slots behind it.
    """
    apps = sorted((part for part in table if part.type == APP), key=lambda part: part.subtype)
    slots = [part for part in apps if OTA_0 <= part.subtype < OTA_0 + OTA_SLOTS]
    factory = [part for part in apps if part.subtype == FACTORY]
    entries = [_read(otadata[at : at + _ENTRY.size]) for at in (0, SECTOR)]
    notes = {n: entry._replace(state=ABORTED) for n, entry in enumerate(entries) if entry.state == PENDING}
    entries = [notes.get(n, entry) for n, entry in enumerate(entries)]
    able = [n for n in (0, 1) if entries[n].chooses]
    if not able or not slots:
        blank = not any(entry.right and entry.number != _BLANK for entry in entries)
        return Choice((*factory, *slots), notes, bool(otadata) and blank)
    chosen = max(able, key=lambda n: entries[n].number)
    if entries[chosen].state == NEW:
        notes[chosen] = entries[chosen]._replace(state=PENDING)
    slot = (entries[chosen].number - 1) % len(slots)
    return Choice((*reversed(slots[: slot + 1]), *factory, *slots[slot + 1 :]), notes)


def _read(entry: bytes) -> Entry:
    number, _, state, checksum = _ENTRY.unpack(entry.ljust(_ENTRY.size, b"\xff"))
    return Entry(number, state, checksum == _checksum(number))


def _checksum(number: int) -> int:
    return zlib.crc32(number.to_bytes(4, "little"), 0xFFFF_FFFF)
