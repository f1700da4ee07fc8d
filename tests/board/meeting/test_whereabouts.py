"""Which port is taken for a lost board's, by what USB says; and what of that is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.board.meeting.places import PlaceStore, who_was_at
from espsh.board.meeting.whereabouts import Hints, candidates, hints_of, likeliest
from espsh.ports.listing import PortInfo


def port(device: str, serial: str | None = None, location: str | None = None, vid: int = 0x10C4) -> PortInfo:
    return PortInfo(device, "", vid, 0xEA60, serial, location, "", plausible=True)


WAS = hints_of("ttyUSB0", [port("ttyUSB0", "0001", "1-1.2:1.0")])


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ([port("ttyUSB0", "0001", "1-1.2"), port("ttyUSB1", "0001", "1-1.3")], ["ttyUSB0", "ttyUSB1"]),
        ([port("ttyUSB0", "0001", "1-1.3"), port("ttyUSB1", "0001", "1-1.2")], ["ttyUSB1", "ttyUSB0"]),
        ([port("ttyUSB0"), port("ttyUSB4", location="1-1.2")], ["ttyUSB4", "ttyUSB0"]),
        ([port("ttyUSB3"), port("ttyUSB5", "0001", "2-4")], ["ttyUSB5", "ttyUSB3"]),
        ([], []),
    ],
)
def test_the_likeliest_comes_first(there: list[PortInfo], found: list[str]) -> None:
    assert candidates(WAS, there, []) == found


def test_strangers_and_what_carries_no_board_are_left_alone() -> None:
    stranger = port("ttyUSB7", "9", "3-1")
    assert candidates(WAS, [stranger, PortInfo("ttyS0"), port("ttyUSB8")], [stranger]) == ["ttyUSB8"]


def test_a_stranger_with_the_same_serial_number_is_asked_last() -> None:
    twin = port("ttyUSB1", "0001", "1-1.3")
    assert candidates(WAS, [twin, port("ttyUSB2", "0001", "1-1.2")], [twin]) == ["ttyUSB2", "ttyUSB1"]


@pytest.mark.parametrize(
    ("there", "at"),
    [
        ([port("ttyUSB0", "0007", "1-1.9"), port("ttyUSB1", "0001", "1-1.2")], "ttyUSB1"),
        ([port("ttyUSB5", "0007", "1-1.9")], "ttyUSB0"),
        ([], "ttyUSB0"),
    ],
)
def test_a_port_is_taken_unasked_only_where_usb_is_sure(there: list[PortInfo], at: str) -> None:
    assert likeliest(WAS, there) == at


def test_a_serial_number_is_known_in_both_its_spellings() -> None:
    rom = PortInfo("ttyACM1", "", 0x303A, 0x1001, "F4:12:FA:00:11:22", "2-1", plausible=True)
    running = hints_of("ttyACM0", [PortInfo("ttyACM0", "", 0x303A, 0x4001, "f412fa001122", "2-2")])
    assert likeliest(running, [rom]) == "ttyACM1"


TEXT = st.text(st.characters(codec="ascii", exclude_categories=("C",)), max_size=8)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.from_regex(r"[0-9a-f]{4}", fullmatch=True), TEXT, TEXT, TEXT), max_size=5))
def test_what_is_kept_comes_back_and_is_toml(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    store = PlaceStore(tmp_path_factory.mktemp("state") / "places.toml")
    for key, device, serial, location in rows:
        hints = Hints(device, 0x10C4, serial, location)
        store.remember(key, hints)
        assert store.all()[key] == hints
    if rows:
        assert tomllib.loads(store.path.read_text(encoding="utf-8")).keys() == store.all().keys()


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "places.toml"
    path.write_text('# mine\n"aa" = ["ttyUSB0", 4292, "1", "1-1"]\nrubbish\n"bb" = [1]\n"cc" = 7\n', encoding="utf-8")
    assert PlaceStore(path).all() == {"aa": Hints("ttyUSB0", 4292, "1", "1-1")}


def test_of_two_that_look_the_same_neither_is_named() -> None:
    places = {"aa": Hints("ttyUSB0", 0x10C4, "0001", "1-1"), "bb": Hints("ttyUSB1", 0x10C4, "0001", "1-2")}
    assert who_was_at(port("ttyUSB0", "0001", "1-2"), places) == "bb"
    assert who_was_at(port("ttyUSB9", "0001", "4-4"), places) is None
