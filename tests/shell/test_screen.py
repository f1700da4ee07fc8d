from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from espsh.base.events import BoardConnected, BoardLost, Notice, Progress, StrayOutput
from espsh.base.world import World
from espsh.shell.draw import printable
from espsh.shell.screen import Screen
from tests.shell.conftest import text_world


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
    assert said(world).splitlines() == ["attic: a program was interrupted", "all is well", "attic: gone (unplugged)"]


def test_quiet_keeps_what_matters(world: World) -> None:
    screen = Screen(world, quiet=True, colour=False, gate=at_once)
    for event in (Notice("a1", "x"), StrayOutput("a1", b"x\n"), BoardLost("a1", "pulled"), Progress("a1", "f", 1, 2)):
        screen.hear(event)
    assert said(world) == "a1: gone (pulled)\n"


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


def test_colours_follow_the_terminal_and_no_color(tmp_path: Path) -> None:
    assert Screen(text_world(tmp_path, TERM="xterm")).draw.colour
    assert not Screen(text_world(tmp_path, TERM="xterm", NO_COLOR="1")).draw.colour
    assert not Screen(text_world(tmp_path, TERM="dumb")).draw.colour
    assert not Screen(World(io.StringIO(), io.StringIO(), io.StringIO(), {}, tmp_path)).draw.colour


def test_bytes_pass_as_they_are_where_stdout_takes_bytes(tmp_path: Path) -> None:
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    Screen(World(io.StringIO(), out, io.StringIO(), {}, tmp_path)).write(b"\x00\xff\r\n")
    assert out.buffer.getvalue() == b"\x00\xff\r\n"


def test_a_line_that_a_program_left_open_is_ended_before_a_remark_and_before_a_prompt(world: World) -> None:
    screen, stream = Screen(world), world.stdout
    assert isinstance(stream, io.StringIO)
    screen.write(b"abc")
    screen.say("exec: interrupted")
    assert stream.getvalue() == "abc\n"
    screen.write(b"x")
    screen.begin_line()
    screen.begin_line()
    assert stream.getvalue() == "abc\nx\n"


def test_printable() -> None:
    assert printable("é\t\x00\n\u202e\udcff") == "é\t\\x00\\n\\u202e\\udcff"
