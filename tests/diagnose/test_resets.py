"""Why a chip started, by number."""

from __future__ import annotations

import pytest

from espsh.diagnose.chips import chip_name, chip_of_rom
from espsh.diagnose.resets import UNKNOWN, reason, straps


@pytest.mark.parametrize(
    ("chip", "number", "words", "kind"),
    [
        ("esp32", 0x1, "EN", "start"),
        ("esp32c3", 0x5, "deep sleep", "sleep"),
        ("esp32", 0xC, "machine.reset()", "program"),
        ("esp32s3", 0x7, "watchdog", "watchdog"),
        ("esp32", 0x10, "nothing that boots", "watchdog"),
        ("esp32s2", 0xF, "brownout", "power"),
        ("esp32c3", 0x15, "USB", "host"),
        ("esp32c6", 0x18, "debugger", "host"),
        ("esp8266", 4, "watchdog", "watchdog"),
        ("esp8266", 1, "power-on", "start"),
        ("", 0x14, "efuses", "fault"),
    ],
)
def test_reasons(chip: str, number: int, words: str, kind: str) -> None:
    assert words in reason(chip, number).words
    assert reason(chip, number).kind == kind


@pytest.mark.parametrize(
    ("chip", "number"), [("esp32", 0x15), ("esp32c3", 0x4), ("esp32c6", 0xA), ("", 0x99), ("esp8266", 9)]
)
def test_numbers_that_a_chip_does_not_have(chip: str, number: int) -> None:
    assert reason(chip, number) == UNKNOWN


def test_straps() -> None:
    assert straps("esp32", 0x33)["GPIO12"]
    assert straps("esp32", 0x33)["GPIO0"]
    assert not straps("esp32", 0x3)["GPIO0"]
    assert straps("esp32c3", 0x8) == {"GPIO8": False, "GPIO9": True}
    assert straps("esp32p4", 0x8) == {}


def test_chips() -> None:
    assert chip_name(9) == "ESP32-S3"
    assert "id 4660" in chip_name(0x1234)
    assert chip_of_rom("e?ets Jul 29 2019 12:21:46") == "esp32"
    assert chip_of_rom(" ets Jan  8 2013,rst cause:2") == "esp8266"
    assert chip_of_rom("ESP-ROM:esp32c61-20240507") == "esp32c61"
    assert chip_of_rom("hello") == ""
