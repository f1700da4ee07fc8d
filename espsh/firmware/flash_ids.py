"""Flash chips by the three bytes they answer to RDID (0x9F): manufacturer, family, capacity.

Sources: JEDEC's JEP106 as flash chips use it, without its continuation bytes; flashrom's ``flashchips.h`` and the
makers' datasheets for families; ESP-IDF's ``spi_flash_defs.h`` for the second id of XMC.
"""

from __future__ import annotations

from typing import NamedTuple

from espsh.errors import FirmwareError

_KB, _MB = 1024, 1024 * 1024

_MAKERS = {
    0x01: "Spansion", 0x0B: "XTX", 0x1C: "EON", 0x1F: "Adesto", 0x20: "XMC", 0x37: "AMIC", 0x46: "XMC", 0x5E: "Zbit",
    0x68: "Boya", 0x85: "Puya", 0x8C: "ESMT", 0x9D: "ISSI", 0xA1: "Fudan", 0xBA: "Zetta", 0xBF: "SST",
    0xC2: "Macronix", 0xC4: "Giantec", 0xC8: "GigaDevice", 0xCD: "Tsingteng", 0xE0: "BergMicro", 0xEF: "Winbond",
    0xF8: "Fidelix",
}  # fmt: skip

# A family's name has its capacity in Mbit in it: {0} writes 4 and 8 as 40 and 80, {1} as they are.
_FAMILIES = {
    0x0B40: "XT25F{1:02}", 0x0B60: "XT25Q{1:02}",
    0x1C30: "EN25Q{1:03}", 0x1C31: "EN25F{0}", 0x1C38: "EN25S{0}", 0x1C70: "EN25QH{0}",
    0x2040: "XM25QH{0}", 0x2041: "XM25QU{0}", 0x2070: "XM25QH{0}A",
    0x5E40: "ZB25VQ{0}",
    0x6840: "BY25Q{0}",
    0x8520: "PY25Q{0}HA", 0x8560: "P25Q{0}H",
    0x8C40: "F25L{1:02}QA", 0x8C41: "F25L{1:02}QA",
    0x9D60: "IS25LP{0:03}", 0x9D70: "IS25WP{0:03}",
    0xA131: "FM25F{1:02}", 0xA140: "FM25Q{1:02}",
    0xC220: "MX25L{0}", 0xC225: "MX25U{0}", 0xC228: "MX25R{0}",
    0xC460: "GT25Q{0}",
    0xC840: "GD25Q{0}", 0xC842: "GD25VQ{0}", 0xC860: "GD25LQ{0}", 0xC865: "GD25WQ{0}",
    0xCD60: "TH25Q-{0}HB",
    0xE040: "BG25Q{0}",
    0xEF30: "W25X{0}", 0xEF40: "W25Q{0}", 0xEF60: "W25Q{0}FW", 0xEF70: "W25Q{0}JV-M", 0xEF80: "W25Q{0}JW-M",
    0xF832: "FM25Q{1:02}",
}  # fmt: skip

# Micron, and ST before it, share XMC's number.
_SHARED = {0x2020: ("ST", "M25P{0}"), 0x20BA: ("Micron", "N25Q{1:03}"), 0x20BB: ("Micron", "N25Q{1:03} 1.8V")}

# Parts whose capacity is not in the third byte.
_PARTS = {
    0x1F8401: ("AT25SF041", _MB // 2), 0x1F8501: ("AT25SF081", _MB), 0x1F8601: ("AT25SF161", 2 * _MB),
    0x1F8701: ("AT25SF321", 4 * _MB), 0x1F8901: ("AT25SF128A", 16 * _MB),
    0xBF2541: ("SST25VF016B", 2 * _MB), 0xBF254A: ("SST25VF032B", 4 * _MB),
    0xBF2641: ("SST26VF016B", 2 * _MB), 0xBF2642: ("SST26VF032B", 4 * _MB), 0xBF2643: ("SST26VF064B", 8 * _MB),
}  # fmt: skip
_ADESTO = 0x1F
_ADESTO_SIZES = {code: _MB << code - 5 for code in range(5, 10)} | {4: _MB // 2}

# Capacities as a power of two, those above 32 MB with another number, and those of parts at 1.8 V.
_CAPACITIES = {
    **{code: 1 << code for code in range(0x12, 0x1D)},
    **{0x20 + step: 64 * _MB << step for step in range(3)},
    **{0x20 + code: 1 << code for code in range(0x12, 0x1B)},
}
_IN_NAMES = {4: 40, 8: 80}
_SILENCE = (0xFFFFFF, 0x000000, 0x3FFFFF)


class FlashPart(NamedTuple):
    """A flash chip: its JEDEC ``id`` as ``ef4016``, names or "" where unknown, ``size`` in bytes or None."""

    id: str
    manufacturer: str
    part: str
    size: int | None


def flash_part(manufacturer: int, device: int) -> FlashPart:
    """Return the flash chip that answered with these (0xEF, 0x4016).

    Raises FirmwareError where no chip did: a line that nobody drives reads as ones or zeros.
    """
    number = manufacturer << 16 | device
    text = f"{number:06x}"
    if number in _SILENCE or manufacturer in (0x00, 0xFF):
        hint = "its pins are wired to something else, or its supply fails; a module with octal flash needs its mode"
        raise FirmwareError(f"the flash chip does not answer: its id reads as {text}", hint)
    if number in _PARTS:
        return FlashPart(text, _MAKERS[manufacturer], *_PARTS[number])
    family = number >> 8
    size = _ADESTO_SIZES.get(device >> 8 & 0x1F) if manufacturer == _ADESTO else _CAPACITIES.get(device & 0xFF)
    maker, pattern = _SHARED.get(family, (_MAKERS.get(manufacturer, ""), _FAMILIES.get(family, "")))
    megabits = (size or 0) * 8 // _MB
    return FlashPart(text, maker, pattern.format(_IN_NAMES.get(megabits, megabits), megabits) if size else "", size)
