"""A name follows the chip."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from espsh.board.identity import Identity, chip_of
from espsh.board.meeting.names import NameStore, choose_name
from espsh.errors import UsageError


def identity(unique_id: str, chip: str = "ESP32") -> Identity:
    return Identity(unique_id, chip, chip, "1.24.0")


def test_two_of_a_kind_get_numbers_and_keep_them(tmp_path: Path) -> None:
    store = NameStore(tmp_path / "state" / "names.toml")
    assert choose_name(identity("aa"), None, store) == "esp32"
    assert choose_name(identity("bb"), None, store) == "esp32-2"
    assert choose_name(identity("bb"), None, NameStore(store.path)) == "esp32-2"
    assert choose_name(identity("aa"), None, store) == "esp32"


def test_a_given_name_is_kept(tmp_path: Path) -> None:
    store = NameStore(tmp_path / "names.toml")
    assert choose_name(identity("aa"), "attic", store) == "attic"
    assert choose_name(identity("aa"), None, store) == "attic"
    assert choose_name(identity("cc"), "attic", store) == "attic"
    assert choose_name(identity("aa"), None, store) == "esp32"


def test_a_bad_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        choose_name(identity("aa"), "host", NameStore(tmp_path / "names.toml"))


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('# mine\n"aa" = "attic"\nrubbish\n"bb" = "all"\n', encoding="utf-8")
    assert NameStore(path).all() == {"aa": "attic"}


def test_a_board_without_an_id_is_not_remembered(tmp_path: Path) -> None:
    store = NameStore(tmp_path / "names.toml")
    assert choose_name(identity("", "thing!"), None, store) == "thing"
    assert store.all() == {}


@pytest.mark.parametrize(
    ("machine", "chip"),
    [
        ("Generic ESP32 module with ESP32", "ESP32"),
        ("ESP32C3 module with ESP32C3", "ESP32-C3"),
        ("Generic ESP32S3 module with Octal-SPIRAM with ESP32S3", "ESP32-S3"),
        ("LOLIN_C3_MINI with ESP32-C3FH4", "ESP32-C3"),
        ("ESP module with ESP8266", "ESP8266"),
        ("Raspberry Pi Pico with RP2040", "RP2040"),
        ("micro:bit with nRF51822", "nRF51822"),
        ("linux", "linux"),
    ],
)
def test_chips(machine: str, chip: str) -> None:
    assert chip_of(machine) == chip


def test_boards_that_are_met_at_once_get_names_of_their_own(tmp_path: Path) -> None:
    met = threading.Barrier(8)

    def choose(key: str) -> str:
        met.wait()
        return choose_name(identity(key), None, NameStore(tmp_path / "names.toml"))

    keys = [f"a{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as workers:
        names = dict(zip(keys, workers.map(choose, keys), strict=True))
    assert len(set(names.values())) == 8
    assert NameStore(tmp_path / "names.toml").all() == names
