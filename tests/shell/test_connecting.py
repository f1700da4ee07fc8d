from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from espsh.core.session import Session
from espsh.errors import ConnectError, EspshError
from espsh.shell.arguments import PortChoice
from espsh.shell.connecting import Connecting
from espsh.shell.screen import Screen
from tests.shell.conftest import MemoryBoard


class Desk:
    """A session on a computer with these USB ports; the port ``bad`` does not open."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reported: list[str] = []
        session.connector = self._connect
        self.connecting = Connecting(session, Screen(session.world), self._report)

    def _connect(self, url: str, name: str | None, _baud: int | None) -> Any:
        if "bad" in url:
            raise ConnectError("nobody answers")
        return MemoryBoard(name or url.rpartition("/")[2], url=url)

    def _report(self, error: EspshError) -> int:
        self.reported.append(error.message)
        return error.exit_code

    def answers(self, text: str) -> None:
        self.session.world.stdin.write(text)
        self.session.world.stdin.seek(0)

    @property
    def said(self) -> str:
        stream: Any = self.session.world.stderr
        return str(stream.getvalue())


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


@pytest.fixture
def usb(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(*devices: str) -> None:
        found = [
            SimpleNamespace(device=d, description="n/a", vid=0x10C4, pid=0xEA60, serial_number=None, location=None)
            for d in devices
        ]
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: found)

    return put


def test_the_first_of_several_is_the_current_one(desk: Desk) -> None:
    assert desk.connecting.named([PortChoice("/dev/one"), PortChoice("/dev/two", "attic")]) == []
    assert (list(desk.session.boards), desk.session.current) == (["one", "attic"], "one")


def test_one_of_several_that_fails_is_told_and_a_person_goes_on(desk: Desk) -> None:
    choices = [PortChoice("/dev/bad"), PortChoice("/dev/two")]
    assert desk.connecting.for_person(choices, alone=False) == 0
    assert desk.reported == ["/dev/bad: nobody answers"]
    assert desk.session.current == "two"


def test_a_script_fails_where_one_of_several_does(desk: Desk) -> None:
    assert desk.connecting.named([PortChoice("/dev/two"), PortChoice("/dev/bad")]) == [3]


def test_a_person_whose_only_board_fails_is_told_so(desk: Desk) -> None:
    assert desk.connecting.for_person([PortChoice("/dev/bad")], alone=False) == 3
    assert desk.reported == ["nobody answers"]


@pytest.mark.parametrize(
    ("answer", "board"), [("2\n", "ttyUSB1"), ("/dev/ttyUSB0\n", "ttyUSB0"), ("\n", None), ("", None), ("9\n", None)]
)
def test_of_several_on_usb_a_person_picks(desk: Desk, usb: Any, answer: str, board: str | None) -> None:
    usb("/dev/ttyUSB1", "/dev/ttyUSB0")
    desk.answers(answer)
    assert desk.connecting.for_person([], alone=False) == 0
    assert desk.session.current == board
    assert "1  /dev/ttyUSB0  CP210x" in desk.said


def test_the_only_one_on_usb_is_taken_and_named(desk: Desk, usb: Any) -> None:
    usb("/dev/ttyUSB0")
    assert desk.connecting.for_person([], alone=False) == 0
    assert desk.session.current == "ttyUSB0"
    assert desk.said == "using /dev/ttyUSB0 (CP210x), the only board on USB\n"


def test_the_only_one_on_usb_may_fail_and_the_shell_begins_anyway(desk: Desk, usb: Any) -> None:
    usb("/dev/bad")
    assert desk.connecting.for_person([], alone=False) == 0
    assert desk.reported == ["nobody answers"]


def test_alone_is_alone(desk: Desk, usb: Any) -> None:
    usb("/dev/ttyUSB0")
    assert desk.connecting.for_person([], alone=True) == 0
    assert desk.session.boards == {}


def test_a_port_is_looked_for_once_only(desk: Desk, usb: Any, tmp_path: Path) -> None:
    usb()
    desk.session.offer = desk.connecting.only
    with pytest.raises(ConnectError, match="none is seen on USB"):
        desk.session.reach()
    assert desk.session.reach() is None
