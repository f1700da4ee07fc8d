"""The table of chips says what esptool's classes say."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from espsh.chips.chip import EspChip, Psram
from espsh.firmware.chips import chip_named, esp_chips, revision_text


def gives_up(theirs: Any) -> bool:
    """Return whether a chip's way to restart is that of those which have none."""
    return "ESPLoader.watchdog_reset" in inspect.getsource(theirs.watchdog_reset)


@pytest.mark.parametrize("chip", list(esp_chips()), ids=lambda chip: chip.name)
def test_as_esptool_has_it(chip: EspChip) -> None:
    from esptool.loader import ESPLoader
    from esptool.targets import CHIP_DEFS

    theirs = CHIP_DEFS[chip.name.replace("-", "").lower()]
    assert chip.name == theirs.CHIP_NAME
    assert getattr(theirs, "IMAGE_CHIP_ID", None) == chip.image_id
    assert chip.bootloader == theirs.BOOTLOADER_FLASH_OFFSET
    assert chip.uf2_families == (theirs.UF2_FAMILY_ID,)
    frequencies = {nibble: int(text[:-1]) for text, nibble in reversed(theirs.FLASH_FREQUENCY.items())}
    assert dict(chip.frequencies) == frequencies
    assert {code >> 4 for code in theirs.FLASH_SIZES.values()} == set(chip.sizes)
    assert chip.watchdog == (theirs.watchdog_reset is not ESPLoader.watchdog_reset and not gives_up(theirs))
    assert hasattr(theirs, "get_psram_cap") == (chip.psram is Psram.PACKAGE or chip.name == "ESP32-S2")


@pytest.mark.parametrize(
    ("chip", "in_package", "psram"),
    [
        ("ESP32-S3", 8 << 20, 8 << 20),
        ("ESP32-S3", 0, 0),
        ("ESP32-S3", None, None),
        ("ESP32-C3", None, 0),
        ("ESP32-S2", 0, None),  # a WROVER carries it beside the chip
        ("ESP32", None, None),
    ],
)
def test_who_knows_of_psram(chip: str, in_package: int | None, psram: int | None) -> None:
    found = chip_named(chip)
    assert found is not None
    assert found.psram_size(in_package) == psram


def test_revisions_are_written_as_espressif_does() -> None:
    assert [revision_text(revision) for revision in (0, 3, 301)] == ["v0.0", "v0.3", "v3.1"]
