"""gpio: levels of pins, and which of them are left alone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from espsh_plugins.pins import USES, WITH_PINS, pinout

from tests.conftest import Shell

TOGGLING = """
import machine
class Pin(machine.Pin):
    looks = 0
    def value(self):
        Pin.looks += 1
        return Pin.looks // 3 % 2
machine.Pin = Pin
"""


def test_a_pin_is_set_and_read(board: Shell) -> None:
    assert board("gpio set 4 on").out == "GPIO4 1\n"
    assert board("gpio set GPIO4 toggle; gpio read 4 5").lines == ["GPIO4 0", "GPIO4 0", "GPIO5 0"]


def test_reading_changes_nothing_unless_told(board: Shell) -> None:
    assert board("gpio set 4 on; gpio read 4").lines[1] == "GPIO4 1"
    assert board("gpio read 4 --pull down; gpio read 4 --pull up; gpio read 4").lines == [
        "GPIO4 0",
        "GPIO4 1",
        "GPIO4 1",
    ]


def test_it_leaves_no_names_on_the_board(board: Shell) -> None:
    before = board("eval sorted(globals())").out
    board("gpio read 4")
    assert board("eval sorted(globals())").out == before


def test_watch_prints_each_change(board: Shell) -> None:
    board.write("toggling.py", TOGGLING)
    found = board("run toggling.py; gpio watch 4 --every 1ms --for 200ms")
    assert found.code == 0
    levels = [line.split()[1:] for line in found.lines]
    assert levels[:4] == [["GPIO4", "0"], ["GPIO4", "1"], ["GPIO4", "0"], ["GPIO4", "1"]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("gpio set 6 on", "gpio: GPIO6 is a flash pin of ESP32\nhint: "),
        ("gpio set 0 on", "gpio: GPIO0 is a strapping pin of ESP32\nhint: "),
        ("gpio set 1 on", "gpio: GPIO1 is a console pin of ESP32\nhint: "),
        ("gpio read 6 --pull up", "gpio: GPIO6 is a flash pin of ESP32\nhint: "),
        ("gpio set 34 on --force", "gpio: GPIO34 can only be read\nhint: the chip has no output there\n"),
        ("gpio set 24 on", "gpio: GPIO24: ESP32 has no such pin\nhint: gpio pinout lists them\n"),
        ("gpio read x", "gpio: 'x' is no pin\nhint: "),
        ("gpio read", "gpio: read which pins?\nhint: "),
        ("gpio set 4", "gpio: set takes a pin and a level\nhint: "),
        ("gpio set 4 5", "gpio: set takes a pin and a level\nhint: "),
        ("gpio pinout 4", "gpio: '4' is one word too many\nhint: "),
    ],
)
def test_what_is_refused_says_why(board: Shell, line: str, said: str) -> None:
    found = board(line)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(said)


def test_force_and_reading_of_a_strapping_pin(board: Shell) -> None:
    assert board("gpio set 2 on --force").out == "GPIO2 1\n"
    assert board("gpio read 0 --pull up").out == "GPIO0 1\n"


def test_what_the_firmware_refuses_is_one_line(board: Shell) -> None:
    found = board("gpio read 77")
    assert (found.code, found.err) == (1, "gpio: GPIO77: invalid pin\n")


def test_a_firmware_without_pins(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(without="Pin"))
    found = sh("gpio read 4")
    assert (found.code, found.err) == (1, "gpio: this firmware has no Pin\n")


def test_a_chip_without_a_table_is_judged_by_its_firmware(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port("small"))
    assert sh("gpio set 6 on").out == "GPIO6 1\n"
    found = sh("gpio pinout")
    assert found.code == 2
    assert "there is no table of the pins of VM16\n" in found.err


def test_a_set_of_boards(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    assert sh("@all gpio set 4 on").out == "attic,kitchen: GPIO4 1\n"
    found = sh("@all gpio set 18 on")
    assert found.out == "attic: GPIO18 1\n"
    assert "GPIO18 is a usb pin of ESP32-C3" in found.err
    assert "several boards are watched for a time" in sh("@all gpio watch 4").err


def test_pinout_is_that_of_the_chip(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port("esp32c3"))
    pins = {pin["number"]: pin for pin in json.loads(sh("gpio pinout --json").out)}
    assert pins[9]["use"] == "strapping"
    assert pins[12]["use"] == "flash"
    assert pins[4]["functions"] == "ADC1_CH4 MTMS"


def test_pinout_needs_no_board(sh: Shell) -> None:
    found = sh("gpio pinout --chip ESP32-S3")
    assert found.code == 0
    assert any(line.split()[:2] == ["26", "flash"] for line in found.lines)


@pytest.mark.parametrize("chip", WITH_PINS)
def test_each_table_is_whole(chip: str) -> None:
    """The counts and the strapping pins are those of ESP-IDF's guide, "GPIO & RTC GPIO"."""
    counts = {"ESP32": 35, "ESP32-S2": 43, "ESP32-S3": 45, "ESP32-C3": 22, "ESP32-C6": 31, "ESP8266": 17}
    strapping = {
        "ESP32": [0, 2, 5, 12, 15],
        "ESP32-S2": [0, 45],
        "ESP32-S3": [0, 3, 45, 46],
        "ESP32-C3": [2, 8, 9],
        "ESP32-C6": [4, 5, 8, 9, 15],
        "ESP8266": [0, 2, 15],
    }
    pins = pinout(chip)
    assert len({pin.number for pin in pins}) == len(pins) == counts[chip]
    assert [pin.number for pin in pins if pin.use == "strapping"] == strapping[chip]
    assert {pin.use for pin in pins} <= {"", *USES}


def test_what_two_chips_share_is_in_its_place() -> None:
    for chip in ("ESP32-S2", "ESP32-S3"):
        numbers = [pin.number for pin in pinout(chip)]
        assert numbers == sorted(numbers)
        assert [pin.functions for pin in pinout(chip) if pin.use == "console"] == ["U0TXD", "U0RXD"]


def test_a_watch_ends_in_time_however_seldom_it_looks(board: Shell) -> None:
    assert board("gpio watch 4 --every 9h --for 20ms").lines[-1].endswith("GPIO4 0")
