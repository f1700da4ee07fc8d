"""Which chip is meant: by a name in any spelling, in a board's own words, by what marks its firmware."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from espsh.chips.chip import Chip
from espsh.chips.table import CHIPS

ADDED: list[Chip] = []
"""Rows of plugins. None of them shares a name or a mark with another row: see :func:`marks`."""


def chips() -> Iterator[Chip]:
    """Yield every chip that is known, those of plugins included."""
    yield from CHIPS
    yield from ADDED


def chip_named(name: str) -> Chip | None:
    """Return the chip called ``name`` in any spelling: ``ESP32-S3``, ``esp32s3``, ``esp32_s3``."""
    word = _plain(name)
    return next((chip for chip in chips() if word in map(_plain, (chip.name, *chip.aliases))), None)


def chip_in(text: str) -> Chip | None:
    """Return the chip that a text names first, the longest name counting: ``module with ESP32-C3FH4``."""
    found = _pattern(tuple(name for chip in chips() for name in (chip.name, *chip.aliases))).search(text)
    return chip_named(found[0]) if found else None


def chip_by_id(image_id: int) -> Chip | None:
    """Return the chip whose images are marked with ``image_id``."""
    return next((chip for chip in chips() if chip.image_id == image_id), None)


def chip_by_uf2_family(family: int) -> Chip | None:
    """Return the chip whose UF2 files are marked with ``family``."""
    return next((chip for chip in chips() if family in chip.uf2_families), None)


def marks(chip: Chip) -> list[str]:
    """Return what no other chip may share with this one, in words."""
    names = [f"name {_plain(name)}" for name in (chip.name, *chip.aliases)]
    families = [f"UF2 family 0x{family:08x}" for family in chip.uf2_families]
    return [*names, *families, *([] if chip.image_id is None else [f"image id {chip.image_id}"])]


@lru_cache(maxsize=4)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a name, the longest first; ``ESP32-S3`` is none in ``ESP32S31``."""
    spellings = ("[-_. ]?".join(re.findall(r"[^\W_]+", name)) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?:{'|'.join(spellings)})(?!\d)", re.IGNORECASE)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
