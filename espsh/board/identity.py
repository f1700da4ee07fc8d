"""Who a board is and what it can do."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from espsh.chips.known import chip_in

# (field of Abilities, attribute asked for on the board); `time` stands for its epoch.
_ASKED = (
    ("ilistdir", "os.ilistdir"),
    ("stat", "os.stat"),
    ("rename", "os.rename"),
    ("statvfs", "os.statvfs"),
    ("sha256", "hashlib.sha256"),
    ("base64", "binascii.a2b_base64"),
    ("crc32", "binascii.crc32"),
    ("poll", "select.poll"),
    ("binary", "sys.stdin.buffer"),
)
NAMES = " ".join(name for _, name in _ASKED)
"""What the board is asked for, in one string."""
USUAL = (True,) * len(_ASKED)
"""The answer of a board that has it all."""

_EPOCH_2000 = 946684800


class Identity(NamedTuple):
    """A board as the user knows it. ``unique_id`` is hex; "" where the board has none."""

    unique_id: str
    chip: str
    machine: str
    firmware: str


UNKNOWN = Identity("", "", "", "")
"""Who was not asked yet."""


class Abilities(NamedTuple):
    """What the board said it has, asked on each connection. ``heap`` is its free heap in bytes then.

    ``mpy`` is ``sys.implementation._mpy`` (0 for none), ``epoch`` the seconds from 1970 to its time 0.
    """

    ilistdir: bool
    stat: bool
    rename: bool
    statvfs: bool
    sha256: bool
    base64: bool
    crc32: bool
    poll: bool
    binary: bool
    mpy: int
    epoch: int
    heap: int

    @property
    def streams(self) -> bool:
        """Whether files come and go as one binary stream."""
        return self.binary and self.poll and self.crc32 and self.sha256 and self.rename and self.statvfs

    @property
    def flat(self) -> bool:
        """Whether the filesystem has no directories."""
        return not self.stat


_WITH = re.compile(r" with (\S+)")


def understand(answer: tuple[Any, ...]) -> tuple[Identity, Abilities]:
    """Read what ``about()`` returned on the board."""
    has, unique, machine, version, mpy, epoch, heap = answer
    flags = {field: bool(there) for (field, _), there in zip(_ASKED, has, strict=True)}
    identity = Identity(
        unique_id=bytes(unique).hex() if unique else "",
        chip=chip_of(str(machine)),
        machine=str(machine),
        firmware=_version(version),
    )
    seconds = 0 if epoch in (None, 1970) else _EPOCH_2000
    return identity, Abilities(**flags, mpy=int(mpy or 0), epoch=seconds, heap=int(heap))


def chip_of(machine: str) -> str:
    """Return the chip in a machine's description: ``ESP32C3 module with ESP32C3`` is an ESP32-C3."""
    named = _WITH.search(machine)
    chip = chip_in(named[1] if named else machine) or chip_in(machine)
    return chip.name if chip else named[1] if named else machine


def _version(version: object) -> str:
    parts = [str(part) for part in version] if isinstance(version, tuple) else [str(version)]
    tail = "-".join(part for part in parts[3:] if part)
    return ".".join(parts[:3]) + (f"-{tail}" if tail else "")
