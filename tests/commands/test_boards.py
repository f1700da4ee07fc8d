"""Which boards there are: as a table, for programs, live; and all that are on USB connected at once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from espsh.base.world import World
from espsh.cli import main
from espsh.sim.machine import power_off
from tests.conftest import Shell
from tests.following import FIRST, LOST, SECOND, Run
from tests.usb import Usb, usb_in

Port = Callable[..., str]


@pytest.fixture
def usb(tmp_path: Path, sh: Shell) -> Iterator[Usb]:
    with usb_in(tmp_path / "dev") as usb:
        sh.env["ESPSH_PORTS"] = str(usb.file)
        yield usb


def test_who_answers_last_gets_the_number_of_its_place(sh: Shell, port: Port) -> None:
    sh.ports += [port(latency="40ms"), port(), port("esp32c3")]
    records = json.loads(sh("boards --json").out)
    assert [(record["name"], record["current"]) for record in records] == [
        ("esp32", True),
        ("esp32-2", False),
        ("esp32c3", False),
    ]


def test_a_port_that_is_called_like_a_board_makes_way(sh: Shell, port: Port) -> None:
    called_like_the_first = "sim:esp32c3/esp32?baud=0&fresh=1"
    sh.ports += [port(), called_like_the_first]
    try:
        result = sh("boards --json")
        assert result.code == 0, result.err
        assert [record["name"] for record in json.loads(result.out)] == ["esp32", "esp32c3"]
    finally:
        power_off(called_like_the_first)


def test_one_of_several_fails_and_the_others_are_connected(sh: Shell, port: Port) -> None:
    sh.ports += [port(), "/dev/nosuch", port()]
    result = sh("boards")
    assert (result.code, result.out) == (3, "")
    assert result.err.splitlines()[0] == "no port /dev/nosuch"


def test_every_board_on_usb_is_connected(sh: Shell, usb: Usb, port: Port) -> None:
    sh.ports.append(f"attic={usb.plug(port(), 'ttyUSB0', **FIRST)}")
    new = usb.plug(port("esp32c3"), "ttyUSB10", **SECOND)
    other = usb.plug(port("esp32s3"), "ttyUSB9", location="1-3")
    taken = usb.plug(port(), "ttyUSB11", location="1-4")
    with serial.Serial(taken, exclusive=True):
        result = sh("connect --all; boards --json", "-k")
    assert result.code == 3
    said = result.err.splitlines()
    assert [line.rpartition(",")[0] for line in said[:2]] == [
        f"esp32s3: ESP32-S3 on {other}",
        f"esp32c3: ESP32-C3 on {new}",
    ]
    assert said[2].startswith(f"{taken} is busy")
    assert said[3:] == ["connect: 1 of 3 ports have no board that answers"]
    boards = json.loads(result.out)
    assert [(board["name"], board["current"]) for board in boards] == [
        ("attic", True),
        ("esp32s3", False),
        ("esp32c3", False),
    ]


def test_all_is_said_when_there_is_nothing_more(sh: Shell, usb: Usb, port: Port) -> None:
    assert "no board is seen on USB" in sh("connect --all").err
    sh.ports.append(usb.plug(port(), "ttyUSB0"))
    assert sh("connect --all").err == "every board on USB is connected already\n"
    for line in ("connect", "connect --all COM3"):
        assert (sh(line).code, "name a port, or --all" in sh(line).err) == (2, True)


class Pipe(io.StringIO):
    """A pipe whose reader goes as soon as it has read what it ``wants``."""

    def __init__(self, wants: Callable[[list[dict[str, Any]]], bool]) -> None:
        super().__init__()
        self.wants = wants
        self.found: list[dict[str, Any]] = []

    def write(self, text: str) -> int:
        self.found = json.loads(text)
        if self.wants(self.found):
            raise BrokenPipeError
        return len(text)


def test_a_program_follows_the_boards_line_by_line(sh: Shell, port: Port) -> None:
    pipe = Pipe(lambda boards: all(board["heap"] and board["flash"] for board in boards))
    ports = [word for name in ("attic", "kitchen") for word in ("-p", f"{name}={port()}")]
    world = World(io.StringIO(), pipe, io.StringIO(), sh.env, sh.folder)
    assert main([*ports, "boards", "--watch", "--json"], world) == 141
    assert [(board["name"], board["doing"], board["state"]) for board in pipe.found] == [
        ("attic", "idle", "ready"),
        ("kitchen", "idle", "ready"),
    ]


def test_what_is_no_terminal_gets_the_table_when_it_has_changed(run: Run, usb: Usb, port: Port) -> None:
    place = usb.plug(port(), "ttyUSB0")
    result = run([f"attic={place}"], lambda: usb.unplug("ttyUSB0"), run.sees(LOST), "boards --watch --for 0")
    (heading, row) = result.lines
    assert heading.split() == ["name", "chip", "port", "id", "firmware", "heap", "flash", "state", "doing"]
    assert row.split()[-4:] == ["?", "?", "lost", "-"]


def test_a_board_that_a_job_holds_is_not_asked(sh: Shell, run: Run, port: Port) -> None:
    asked = run([f"attic={port()}"], "monitor &", "boards --watch --for 0 --json", "kill %1")
    assert [board["doing"] for board in json.loads(asked.lines[0])] == ["%1 monitor"], asked.err
    assert json.loads(asked.lines[0])[0]["heap"] is None


@pytest.fixture
def run(sh: Shell) -> Run:
    return Run(sh)
