"""Which of MicroPython's generic builds is for a chip, by what is known of it.

Sources: ports/esp32/boards/ESP32_GENERIC*/board.json and board.md, ports/esp8266/boards/ESP8266_GENERIC/board.md. The
S2's and S3's plain builds find PSRAM by themselves; the S3's octal one needs its own (8 MB and more in the package are
octal, 2 MB are quad: ESP32-S3 datasheet, table 1-1). The S3's FLASH_4M is one of its ``old_variants``, with the advice
"Use the standard variant instead": the plain build has its files behind the last partition, in whatever flash there is.
"""

from __future__ import annotations

import operator
from typing import NamedTuple

from espsh.chips.known import chip_named
from espsh.errors import NotFoundError
from espsh.firmware.builds import full_id

_MB = 1024 * 1024


class Facts(NamedTuple):
    """What is known of a chip: its name as esptool has it (``ESP32-S3``), the rest None where unknown.

    ``flash`` and ``psram`` are bytes, ``psram`` 0 for none; ``revision`` is 301 for v3.1; ``cores`` counts them.
    """

    chip: str
    flash: int | None = None
    psram: int | None = None
    revision: int | None = None
    cores: int | None = None


class Selection(NamedTuple):
    """The build to take, and a ``remark`` for the user where something that matters was unknown, else ""."""

    board: str
    variant: str
    remark: str


class _Rule(NamedTuple):
    """A build, and the bounds within which it is the one: ``flash`` at most, ``psram`` at least, ``revision`` below."""

    chip: str
    board: str
    variant: str = ""
    flash: int | None = None
    psram: int | None = None
    revision: int | None = None
    cores: int | None = None


_RULES = (
    _Rule("ESP8266", "ESP8266_GENERIC", "FLASH_512K", flash=_MB // 2),
    _Rule("ESP8266", "ESP8266_GENERIC", "FLASH_1M", flash=_MB),
    _Rule("ESP32", "ESP32_GENERIC", "UNICORE", cores=1),
    _Rule("ESP32", "ESP32_GENERIC", "D2WD", flash=2 * _MB),
    _Rule("ESP32", "ESP32_GENERIC", "SPIRAM", psram=1),
    _Rule("ESP32-S3", "ESP32_GENERIC_S3", "SPIRAM_OCT", psram=8 * _MB),
    _Rule("ESP32-C2", "ESP32_GENERIC_C2", "FLASH_2M", flash=2 * _MB),
    _Rule("ESP32-P4", "ESP32_GENERIC_P4", "PRE_REV3", revision=300),
)
"""The special builds; the plain one of a chip is in the table of chips."""

_FITS = {"flash": operator.le, "psram": operator.ge, "revision": operator.lt, "cores": operator.eq}
"""How a fact stands to a rule's bound."""

_UNKNOWN = {"psram": "whether it has PSRAM", "revision": "the chip's revision"}
"""What esptool may be unable to tell, unlike the size of flash, and what to say then."""


def select(facts: Facts) -> Selection:
    """Return the build for a chip; raise NotFoundError for a chip that MicroPython has no generic build for."""
    chip = chip_named(facts.chip)
    if chip is None or not chip.build:
        hint = "'firmware list' shows the boards that have their own"
        raise NotFoundError(f"MicroPython has no generic firmware for {facts.chip}", hint)
    rules = [rule for rule in _RULES if rule.chip == chip.name]
    remark = ""
    for rule in rules:
        verdicts = _verdicts(rule, facts)
        if all(verdicts.values()):
            return Selection(rule.board, rule.variant, remark)
        unknown = [_UNKNOWN[name] for name, fits in verdicts.items() if fits is None and name in _UNKNOWN]
        if unknown and False not in verdicts.values() and not remark:
            better = full_id(rule.board, rule.variant)
            remark = f"{unknown[0]} is not known: this is {chip.build}, {better} may be the better one"
    return Selection(chip.build, "", remark)


def _verdicts(rule: _Rule, facts: Facts) -> dict[str, bool | None]:
    """Return for each fact that a rule bounds whether it is within, None where nobody knows."""
    verdicts: dict[str, bool | None] = {}
    for name, fits in _FITS.items():
        bound, fact = getattr(rule, name), getattr(facts, name)
        if bound is not None:
            verdicts[name] = None if fact is None else fits(fact, bound)
    return verdicts
