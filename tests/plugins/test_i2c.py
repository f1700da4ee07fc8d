"""i2c: who answers on a bus, and what it may be."""

from __future__ import annotations

import json

import pytest
from espsh_plugins.i2c_devices import devices_at

from tests.conftest import Shell

DEVICES = "import machine\nmachine.I2C.scan = lambda self: [0x68, 0x3c, 0x09]\n"


def test_an_empty_bus(board: Shell) -> None:
    assert board("i2c").out == board("i2c scan").out == "nothing answers\n"


def test_devices_by_address(board: Shell) -> None:
    board.write("bus.py", DEVICES)
    assert board("run bus.py; i2c scan --scl 22 --sda 21").lines == [
        "address  may be",
        "0x09     unknown",
        "0x3c     SSD1306 (OLED display), SH1106 (OLED display), PCF8574A (8 pins more, LCDs)",
        "0x68     DS3231 (real-time clock), DS1307 (real-time clock), PCF8523 (real-time clock),"
        " MPU6050 (acceleration, turns), 3 more",
    ]
    found = json.loads(board("run bus.py; i2c --json").out)
    assert found[1]["address"] == 0x3C
    assert "SSD1306 (OLED display)" in found[1]["devices"]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("i2c --scl 22", 2, "i2c: --scl and --sda go together\n"),
        ("i2c --scl 22 --sda 22", 2, "i2c: --scl and --sda are the same pin\n"),
        ("i2c --scl 77 --sda 78", 2, "i2c: GPIO77: ESP32 has no such pin\nhint: gpio pinout lists them\n"),
        (
            "i2c scan --scl 22 --sda 7",
            2,
            "i2c: GPIO7 is a flash pin of ESP32\n"
            "hint: the program runs from flash: it stops if this pin is driven; --force does it all the same\n",
        ),
        ("i2c --scl 34 --sda 21 --force", 2, "i2c: GPIO34 can only be read\nhint: the chip has no output there\n"),
        ("i2c find", 2, "i2c: 'find' is none of: scan\n"),
    ],
)
def test_what_goes_wrong_is_one_line(board: Shell, line: str, code: int, said: str) -> None:
    found = board(line)
    assert (found.code, found.err) == (code, said)


def test_a_strapping_pin_has_a_bus_on_many_boards_and_force_takes_any(board: Shell) -> None:
    assert board("i2c --scl 0 --sda 2; i2c --scl 16 --sda 17 --force").lines == ["nothing answers"] * 2


def test_an_answer_that_makes_no_sense(board: Shell) -> None:
    board.write("bus.py", "import machine\nmachine.I2C.scan = lambda self: 'x'\n")
    found = board("run bus.py; i2c")
    assert (found.code, found.err) == (1, "i2c: the board's answer makes no sense\n")


def test_the_table_is_whole() -> None:
    named = [name for address in range(0x80) for name in devices_at(address)]
    assert all("(" in name and not name.startswith("(") for name in named)
    assert "BME280 (pressure, humidity)" in devices_at(0x76)
    assert "PN532 (NFC)" in devices_at(0x24)  # 0x48 is the byte on the wire
    assert not any(devices_at(address) for address in (*range(8), *range(0x78, 0x80)))  # reserved by the I2C standard
