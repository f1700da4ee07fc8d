"""Which chip is meant by a name, by a board's own words, by a mark."""

from __future__ import annotations

import pytest

from espsh.chips.chip import Chip
from espsh.chips.known import chip_by_id, chip_by_uf2_family, chip_in, chip_named, chips, marks


@pytest.mark.parametrize("spelling", ["ESP32-S3", "esp32s3", "esp32-s3", "esp32_s3", "ESP32S3"])
def test_any_spelling(spelling: str) -> None:
    found = chip_named(spelling)
    assert found is not None
    assert (found.name, chip_by_id(9), chip_by_uf2_family(0xC47E5767)) == ("ESP32-S3", found, found)


def test_who_is_not_known() -> None:
    assert (chip_named("ESP32-Z9"), chip_by_id(4660), chip_by_uf2_family(1), chip_in("a sensor")) == (None,) * 4


def test_no_two_chips_share_a_name_or_a_mark() -> None:
    keys = [key for chip in chips() for key in marks(chip)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("chip", list(chips()), ids=lambda chip: chip.name)
def test_each_is_found_in_what_a_board_says(chip: Chip) -> None:
    name = chip.name
    assert chip_in(f"Some Board v1 with {name}") is chip
    assert chip_in(f"some board with {name.replace('-', '').lower()}fh4r2") is chip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Raspberry Pi Pico 2 W with RP2350", "RP2350"),
        ("ItsyBitsy M4 Express with SAMD51J19A", "SAMD51"),
        ("ESP module (1M) with ESP8285", "ESP8266"),
        ("board with ESP32S31", "ESP32-S31"),
        ("board with STM32F405RG", None),
        ("board with ESP32S35", "ESP32"),
    ],
)
def test_what_boards_say(text: str, name: str | None) -> None:
    found = chip_in(text)
    assert (found.name if found else None) == name
