"""Files that are taken for firmware and are none, by their first bytes, with what to do instead."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from espsh.chips.chip import EspChip
from espsh.chips.known import chip_by_uf2_family
from espsh.errors import FirmwareError

_DOWNLOAD = "firmware is a .bin, as from micropython.org/download"
_UNPACK = "unpack it, and flash the .bin that is in it"

_UF2_HAS_FAMILY = 0x2000


class Stranger(NamedTuple):
    """A kind of file that is no firmware: what it is, with its article, and what to do."""

    what: str
    hint: str


class _Sign(NamedTuple):
    matches: Callable[[bytes], object]
    stranger: Stranger


def _starts(*prefixes: bytes) -> Callable[[bytes], object]:
    return lambda data: data.startswith(prefixes)


def _is_text(data: bytes) -> bool:
    head = data[:4096]
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # A character may be cut at the end of the head, not at the end of the file.
        if len(head) == len(data) or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return all(character.isprintable() or character.isspace() for character in text)


_SIGNS = (
    _Sign(lambda data: not data, Stranger("an empty file", f"download it again: {_DOWNLOAD}")),
    _Sign(
        re.compile(rb"\s*<(?:!doctype|html|\?xml|head)", re.IGNORECASE).match,
        Stranger("a web page", "the browser saved the page about the file; download the file by its own link"),
    ),
    _Sign(_starts(b"PK\x03\x04", b"PK\x05\x06"), Stranger("a zip archive", _UNPACK)),
    _Sign(_starts(b"\x1f\x8b"), Stranger("a gzip archive", _UNPACK)),
    _Sign(_starts(b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"), Stranger("an archive", _UNPACK)),
    _Sign(
        _starts(b"version https://git-lfs"),
        Stranger("a pointer of Git LFS", "fetch the file it stands for: git lfs pull"),
    ),
    _Sign(
        re.compile(rb":[0-9A-Fa-f]{10,}\s").match,
        Stranger("an Intel HEX file", "make a .bin of it: objcopy -I ihex -O binary FILE.hex FILE.bin"),
    ),
    _Sign(_starts(b"M\x05", b"M\x06"), Stranger("compiled Python", "copy it to the board: cp FILE :")),
    _Sign(_is_text, Stranger("a text file", f"{_DOWNLOAD}; a partition table as CSV is for --partition-table")),
    _Sign(lambda data: not data.strip(b"\xff"), Stranger("blank (all its bytes are ff)", _DOWNLOAD)),
    _Sign(lambda data: not data.strip(b"\0"), Stranger("blank (all its bytes are 00)", f"get it again: {_DOWNLOAD}")),
)  # fmt: skip


def stranger(data: bytes) -> Stranger | None:
    """Return what kind of file this is where it is known to be no firmware."""
    if is_uf2(data):
        return _uf2(data)
    return next((sign.stranger for sign in _SIGNS if sign.matches(data)), None)


def is_uf2(data: bytes) -> bool:
    """Tell whether a file says that it is a UF2 file."""
    return data.startswith(b"UF2\n")


def refuse_strangers(name: str, data: bytes) -> None:
    """Raise FirmwareError for what is known to be no firmware: text, a web page, UF2, an archive, an empty file."""
    found = stranger(data)
    if found is not None:
        raise FirmwareError(f"{name} is {found.what}, no firmware", found.hint)


def _uf2(data: bytes) -> Stranger:
    """Return what a UF2 file is for: its first block of 512 bytes names a family of chips."""
    if len(data) < 32:
        return Stranger("a UF2 file that is cut short", f"download it again: {_DOWNLOAD}")
    flags, family = struct.unpack_from("<I", data, 8)[0], struct.unpack_from("<I", data, 28)[0]
    chip = chip_by_uf2_family(family) if flags & _UF2_HAS_FAMILY else None
    hint = "for a board that shows its drive, plugged in with BOOT or BOOTSEL held: uf2 FILE"
    if isinstance(chip, EspChip):
        hint = "flash the .bin of the same release; or, to the drive that a UF2 bootloader on the board shows: uf2 FILE"
    return Stranger(f"a UF2 file for {chip.name}" if chip else "a UF2 file", hint)
