"""Names of flash chips."""

from __future__ import annotations

import pytest
from esptool.cmds import DETECTED_FLASH_SIZES, DETECTED_FLASH_SIZES_ADESTO
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.errors import FirmwareError
from espsh.firmware.flash_ids import flash_part

MB = 1 << 20


@pytest.mark.parametrize(
    ("number", "manufacturer", "part", "size"),
    [
        (0xEF4016, "Winbond", "W25Q32", 4 * MB),
        (0xEF7018, "Winbond", "W25Q128JV-M", 16 * MB),
        (0xC84016, "GigaDevice", "GD25Q32", 4 * MB),
        (0xC86018, "GigaDevice", "GD25LQ128", 16 * MB),
        (0x204017, "XMC", "XM25QH64", 8 * MB),
        (0x464016, "XMC", "", 4 * MB),
        (0x20BA18, "Micron", "N25Q128", 16 * MB),
        (0x856015, "Puya", "P25Q16H", 2 * MB),
        (0x684016, "Boya", "BY25Q32", 4 * MB),
        (0xC22016, "Macronix", "MX25L32", 4 * MB),
        (0xC22536, "Macronix", "MX25U32", 4 * MB),
        (0x1C7016, "EON", "EN25QH32", 4 * MB),
        (0x9D6016, "ISSI", "IS25LP032", 4 * MB),
        (0x9D6014, "ISSI", "IS25LP080", MB),
        (0x0B4016, "XTX", "XT25F32", 4 * MB),
        (0x5E4016, "Zbit", "ZB25VQ32", 4 * MB),
        (0xA14014, "Fudan", "FM25Q08", MB),
        (0xA14015, "Fudan", "FM25Q16", 2 * MB),
        (0xE04014, "BergMicro", "BG25Q80", MB),
        (0xEF4014, "Winbond", "W25Q80", MB),
        (0x1F8701, "Adesto", "AT25SF321", 4 * MB),
        (0x1F4501, "Adesto", "", MB),
        (0xBF2642, "SST", "SST26VF032B", 4 * MB),
        (0xEF4020, "Winbond", "W25Q512", 64 * MB),
        (0x774016, "", "", 4 * MB),
        (0x7740FE, "", "", None),
    ],
)
def test_parts_found_on_boards(number: int, manufacturer: str, part: str, size: int | None) -> None:
    assert flash_part(number >> 16, number & 0xFFFF) == (f"{number:06x}", manufacturer, part, size)


@pytest.mark.parametrize("number", [0xFFFFFF, 0x000000, 0x3FFFFF, 0xFF0016])
def test_an_id_that_no_chip_drives(number: int) -> None:
    with pytest.raises(FirmwareError, match=f"does not answer: its id reads as {number:06x}"):
        flash_part(number >> 16, number & 0xFFFF)


@settings(deadline=None)
@given(st.integers(1, 0xFE), st.integers(0, 0xFFFF))
def test_sizes_are_esptools(manufacturer: int, device: int) -> None:
    # Ours knows parts of SST, whose third byte is no capacity.
    sizes, code = DETECTED_FLASH_SIZES, device & 0xFF
    if manufacturer == 0x1F:
        sizes, code = DETECTED_FLASH_SIZES_ADESTO, device >> 8 & 0x1F
    if manufacturer == 0xBF or manufacturer << 16 | device == 0x3FFFFF:
        return
    theirs = sizes.get(code)
    number = int(theirs[:-2]) * (MB if theirs.endswith("MB") else 1024) if theirs else None
    assert flash_part(manufacturer, device).size == number
