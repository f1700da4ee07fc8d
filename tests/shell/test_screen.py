from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from espsh.base.events import BoardConnected, BoardLost, Notice, Progress, StrayOutput
from espsh.base.world import World
from espsh.shell.draw import width_of
from espsh.shell.screen import PATIENCE, Screen, printable
from tests.shell.conftest import text_world


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return text_world(tmp_path, TERM="xterm", COLUMNS="60")


def said(world: World) -> str:
    stream: Any = world.stderr
    return str(stream.getvalue())


def at_once(draw: Callable[[], None]) -> None:
    draw()


def test_results_and_remarks_go_their_own_ways(world: World) -> None:
    screen = Screen(world)
    screen.write(b"result\n")
    screen.say("remark")
    assert isinstance(world.stdout, io.StringIO)
    assert (world.stdout.getvalue(), said(world)) == ("result\n", "remark\n")


def test_events_become_lines_that_name_the_board(world: World) -> None:
    screen = Screen(world, colour=False)
    screen.hear(Notice("attic", "a program was interrupted"))
    screen.hear(Notice("", "all is well"))
    screen.hear(BoardLost("attic", "while a command runs, its error tells"))
    screen.gate = at_once
    screen.hear(BoardLost("attic", "unplugged"))
    screen.hear(BoardConnected("attic"))
    assert said(world).splitlines() == ["attic: a program was interrupted", "all is well", "attic: unplugged"]


def test_quiet_keeps_what_matters(world: World) -> None:
    screen = Screen(world, quiet=True, colour=False, gate=at_once)
    for event in (Notice("a1", "x"), StrayOutput("a1", b"x\n"), BoardLost("a1", "gone"), Progress("a1", "f", 1, 2)):
        screen.hear(event)
    assert said(world) == "a1: gone\n"


def test_stray_output_comes_in_whole_lines_that_cannot_steer_the_screen(world: World) -> None:
    screen = Screen(world)
    screen.hear(StrayOutput("attic", b"wifi: con"))
    screen.hear(StrayOutput("attic", b"nected\r\n\x1b[2Jx\n\xff"))
    whole = "attic | wifi: connected\nattic | \\x1b[2Jx\n"
    assert said(world) == whole
    screen.settle()
    assert said(world) == whole + "attic | \ufffd\n"


def test_a_chattering_board_does_not_drown_the_rest(world: World) -> None:
    screen = Screen(world)
    for _ in range(10):
        screen.hear(StrayOutput("attic", b"tick\n" * 10))
    assert said(world).count("tick") == 20
    assert said(world).count("more") == 1
    screen.settle()
    screen.hear(StrayOutput("attic", b"tock\n"))
    assert "tock" in said(world)


def test_a_short_transfer_shows_no_progress(world: World, clock: Clock) -> None:
    screen = Screen(world, clock=clock)
    screen.hear(Progress("attic", "main.py", 0, 1000))
    clock.now += PATIENCE / 2
    screen.hear(Progress("attic", "main.py", 1000, 1000))
    assert said(world) == ""


def test_a_long_transfer_shows_one_line_that_leaves_no_trace(world: World, clock: Clock) -> None:
    screen = Screen(world, clock=clock)
    screen.hear(Progress("attic", "main.py", 0, 10_000))
    clock.now += PATIENCE
    screen.hear(Progress("attic", "main.py", 5000, 10_000))
    line = said(world)
    assert line.startswith("\rattic  main.py  ████████░░░░░░░░ 50%  10.0 kB/s")
    assert "\n" not in line
    screen.say("remark")
    assert said(world).removeprefix(line) == "\r\x1b[Kremark\n"
    clock.now += PATIENCE
    screen.hear(Progress("attic", "main.py", 10_000, 10_000))
    assert said(world).endswith("remark\n")


@pytest.mark.parametrize("columns", ["20", "40", "80"])
def test_progress_of_several_boards_fits_the_screen(world: World, clock: Clock, columns: str) -> None:
    screen = Screen(
        World(world.stdin, world.stdout, world.stderr, {"TERM": "xterm", "COLUMNS": columns}, world.cwd), clock=clock
    )
    for board in ("attic", "kitchen"):
        screen.hear(Progress(board, "a_long_name_of_a_file.py", 0, None))
    clock.now += 2 * PATIENCE
    for board in ("attic", "kitchen"):
        screen.hear(Progress(board, "a_long_name_of_a_file.py", 500, None))
        clock.now += 1
    lines = said(world).replace("\x1b[K", "").split("\r")
    assert len(lines) == 3
    assert all(width_of(line) < int(columns) for line in lines)


def test_progress_is_for_terminals_only(tmp_path: Path, clock: Clock) -> None:
    said_here = io.StringIO()
    screen = Screen(text_world(tmp_path)._replace(stderr=said_here), clock=clock)
    for done in (0, 500):
        screen.hear(Progress("attic", "main.py", done, 1000))
        clock.now += 10
    assert said_here.getvalue() == ""


def test_colours_follow_the_terminal_and_no_color(tmp_path: Path) -> None:
    assert Screen(text_world(tmp_path, TERM="xterm")).draw.colour
    assert not Screen(text_world(tmp_path, TERM="xterm", NO_COLOR="1")).draw.colour
    assert not Screen(text_world(tmp_path, TERM="dumb")).draw.colour
    assert not Screen(World(io.StringIO(), io.StringIO(), io.StringIO(), {}, tmp_path)).draw.colour


def test_bytes_pass_as_they_are_where_stdout_takes_bytes(tmp_path: Path) -> None:
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    Screen(World(io.StringIO(), out, io.StringIO(), {}, tmp_path)).write(b"\x00\xff\r\n")
    assert out.buffer.getvalue() == b"\x00\xff\r\n"


def test_printable() -> None:
    assert printable("é\t\x00\n\u202e\udcff") == "é\t\\x00\\n\\u202e\\udcff"


def test_many_files_are_one_transfer_with_a_place_and_a_time(world: World, clock: Clock) -> None:
    screen = Screen(world._replace(env={"TERM": "xterm", "COLUMNS": "80"}), clock=clock)
    screen.hear(Progress("attic", "/a.py", 0, 10_000, 1, 50))
    clock.now += 10
    screen.hear(Progress("attic", "/b.py", 2500, 10_000, 13, 50))
    assert said(world).startswith("\rattic  13/50 /b.py  ████░░░░░░░░░░░░ 25%  0.2 kB/s  0:30 left")
    clock.now += 1
    screen.hear(Progress("attic", "/c.py", 10_000, 10_000, 50, 50))
    assert said(world).endswith("\r\x1b[K")
