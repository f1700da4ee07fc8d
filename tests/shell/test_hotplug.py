"""What is announced of ports that come and go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from espsh.board.meeting.names import NameStore
from espsh.board.meeting.places import PlaceStore
from espsh.board.meeting.whereabouts import hints_of
from espsh.core.session import Session
from espsh.ports.listing import PortInfo
from espsh.ports.watch import Change
from espsh.shell.hotplug import announce
from tests.usb import usb_in

if TYPE_CHECKING:
    from tests.terminal import Terminal


def port(device: str, serial: str | None = None, location: str | None = None) -> PortInfo:
    return PortInfo(device, "", 0x10C4, 0xEA60, serial, location, "CP210x", plausible=True)


@pytest.fixture
def told(session: Session) -> list[str]:
    heard: list[str] = []
    session.events.subscribe(lambda event: heard.append(f"{event.board}: {event.text}"))  # type: ignore[union-attr]
    return heard


@pytest.fixture
def add(add_board: Callable[..., Any]) -> Callable[..., None]:
    def add(name: str, at: PortInfo, *, lost: bool) -> None:
        board = add_board(name)
        board.url = at.device
        board.hints = hints_of(at.device, [at])
        board.link = SimpleNamespace(lost="unplugged" if lost else None)

    return add


def test_a_port_that_is_new_is_offered(session: Session, told: list[str]) -> None:
    announce(session, Change([], [port("/dev/ttyUSB0")]))
    announce(session, Change([port("/dev/ttyUSB0")], []))
    assert told == [
        ": /dev/ttyUSB0 (CP210x) is new: connect /dev/ttyUSB0",
        ": /dev/ttyUSB0 (CP210x) is gone",
    ]


def test_a_new_port_gets_the_name_that_it_had(session: Session, told: list[str]) -> None:
    state = session.world.folder("state")
    for key, name, location in (("aa", "attic", "1-1"), ("bb", "kitchen", "1-2")):
        NameStore(state / "names.toml").remember(key, name)
        here = port("/dev/ttyUSB0", "0001", location)
        PlaceStore(state / "places.toml").remember(key, hints_of(here.device, [here]))
    announce(session, Change([], [port("/dev/ttyUSB7", "0001", "1-2"), port("/dev/ttyUSB8", "0001", "1-7")]))
    assert told == [
        ": /dev/ttyUSB7 (CP210x) is new (kitchen, it seems): connect /dev/ttyUSB7",
        ": /dev/ttyUSB8 (CP210x) is new: connect /dev/ttyUSB8",
    ]


def test_what_carries_no_board_is_none_of_ours(session: Session, told: list[str]) -> None:
    announce(session, Change([PortInfo("/dev/ttyS0")], [PortInfo("/dev/ttyS1")]))
    assert told == []


def test_a_lost_board_is_known_by_serial_number_and_socket(
    session: Session, told: list[str], add: Callable[..., None]
) -> None:
    add("attic", port("/dev/ttyUSB0", "0001", "1-1"), lost=True)
    add("kitchen", port("/dev/ttyUSB1", "0001", "1-2"), lost=True)
    announce(session, Change([], [port("/dev/ttyUSB2", "0001", "1-2")]))
    announce(session, Change([], [port("/dev/ttyUSB1", "0001", "1-1")]))
    assert [line.partition(",")[0] for line in told] == ["kitchen: back on /dev/ttyUSB2", "attic: back on /dev/ttyUSB1"]


def test_another_device_at_the_old_name_is_no_board_that_is_back(
    session: Session, told: list[str], add: Callable[..., None]
) -> None:
    add("attic", port("/dev/ttyUSB0", "77", "1-1"), lost=True)
    announce(session, Change([], [port("/dev/ttyUSB0", "88", "1-4")]))
    assert told == [": /dev/ttyUSB0 (CP210x) is new: connect /dev/ttyUSB0"]


def test_the_loss_of_a_board_of_ours_is_told_by_its_link(
    session: Session, told: list[str], add: Callable[..., None]
) -> None:
    add("attic", port("/dev/ttyUSB0"), lost=True)
    announce(session, Change([port("/dev/ttyUSB0")], []))
    assert told == []


def test_the_line_that_is_typed_stays_whole_while_boards_come_and_go(
    tmp_path: Path, terminal: Terminal, port: Callable[..., str]
) -> None:
    board = port()
    with usb_in(tmp_path / "dev") as usb:
        place = usb.plug(board, "ttyUSB0", serial="0001", location="1-1")
        words = (sys.executable, "-m", "espsh", "-p", f"attic={place}")
        with terminal.running(*words, ESPSH_PORTS=str(usb.file), ESPSH_STATE_DIR=str(tmp_path / "state")) as process:
            terminal.expect(b"Ctrl-D to leave", b" >")
            terminal.type(b"echo 'it is ")
            usb.unplug("ttyUSB0")
            terminal.expect(b"attic: gone (unplugged")
            terminal.type(b"who")
            usb.plug(board, "ttyUSB1", serial="0001", location="1-1")
            terminal.expect(b"attic: back on ", b"it is who")
            terminal.type(b"''le'; eval 6*7\r")
            terminal.expect(b"it is whole\r\n", b"attic: connected again, on ", b"42")
            terminal.type(b"exit\r")
            assert process.wait(30) == 0
