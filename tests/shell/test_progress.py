"""Progress on a screen: drawn beside the transfer, gone before anything else is written."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from espsh.base.events import Progress
from espsh.base.world import World
from espsh.shell import progress
from espsh.shell.progress import PATIENCE, SELDOM
from espsh.shell.screen import Screen
from tests.shell.conftest import text_world
from tests.shell.monitor import Monitor


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monitor() -> Monitor:
    return Monitor()


@pytest.fixture
def world(tmp_path: Path, monitor: Monitor) -> World:
    return text_world(tmp_path, TERM="xterm", COLUMNS="80", LINES="24")._replace(stdout=monitor, stderr=monitor)


@pytest.fixture
def screen(world: World, clock: Clock) -> Iterator[Screen]:
    screen = Screen(world, colour=False, clock=clock)
    yield screen
    screen.gate = None
    screen.settle()


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def shows(monitor: Monitor, *lines: str) -> None:
    with contextlib.suppress(AssertionError):
        until(lambda: monitor.lines == list(lines))
    assert monitor.lines == list(lines)


def drawing() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "progress"]


def some_ticks() -> None:
    time.sleep(0.35)


def test_a_short_transfer_shows_nothing_and_its_thread_ends(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.hear(Progress("attic", "main.py", 0, 1000))
    clock.now += PATIENCE / 2
    some_ticks()
    screen.hear(Progress("attic", "main.py", 1000, 1000))
    until(lambda: not drawing())
    assert monitor.getvalue() == ""


def test_a_long_transfer_shows_a_line_that_leaves_no_trace(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.hear(Progress("attic", "main.py", 0, 10_000))
    clock.now += PATIENCE
    screen.hear(Progress("attic", "main.py", 5000, 10_000, wire=1250))
    shows(monitor, "attic  main.py  █████░░░░░ 50%  5.0 kB  10.0 kB/s  4.0x  0:00 left")
    screen.hear(Progress("attic", "main.py", 10_000, 10_000))
    assert (monitor.lines, monitor.row, monitor.column) == ([], 0, 0)
    until(lambda: not drawing())


def test_other_lines_stand_above_in_order(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.hear(Progress("attic", "main.py", 1, None))
    clock.now += PATIENCE
    for number in range(3):
        screen.hear(Progress("attic", "main.py", 2, None))
        until(lambda: any(line.startswith("attic") for line in monitor.lines))
        screen.say(f"remark {number}")
        screen.write(b"result\n")
    assert monitor.lines == ["remark 0", "result", "remark 1", "result", "remark 2", "result"]
    screen.hear(Progress("attic", "main.py", 3, None))
    until(lambda: len(monitor.lines) == 7)
    screen.settle()
    assert len(monitor.lines) == 6
    assert monitor.row == 6


def test_two_boards_have_a_line_each_until_one_is_done(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.hear(Progress("attic", "a.py", 0, 8000, 1, 2))
    screen.hear(Progress("kitchen", "b.py", 0, 8000, 1, 2))
    clock.now += 10
    screen.hear(Progress("attic", "b.py", 4000, 8000, 2, 2))
    screen.hear(Progress("kitchen", "a.py", 2000, 8000, 1, 2))
    shows(
        monitor,
        "attic    2/2 b.py  █████░░░░░ 50%  4.0 kB  400 B/s  0:10 left",
        "kitchen  1/2 a.py  ██░░░░░░░░ 25%  2.0 kB  200 B/s  0:30 left",
    )
    screen.hear(Progress("attic", "b.py", 8000, 8000, 2, 2))
    until(lambda: len(monitor.lines) == 1)
    assert monitor.lines[0].startswith("kitchen  1/2 a.py")
    screen.say("stop")
    assert monitor.lines == ["stop"]


def test_nothing_is_drawn_without_news_since_the_last_remark(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.hear(Progress("attic", "main.py", 1, 9))
    clock.now += PATIENCE
    until(lambda: bool(monitor.lines))
    screen.say("attic: the copy failed")
    some_ticks()
    assert monitor.lines == ["attic: the copy failed"]


def test_a_transfer_of_which_nothing_is_heard_is_left_out(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.hear(Progress("attic", "main.py", 1, 9))
    clock.now += PATIENCE
    until(lambda: bool(monitor.lines))
    clock.now += 60
    until(lambda: not monitor.lines)


def test_an_unfinished_line_is_not_drawn_over(screen: Screen, monitor: Monitor, clock: Clock) -> None:
    screen.write(b"no end")
    screen.hear(Progress("attic", "main.py", 1, 9))
    clock.now += PATIENCE
    some_ticks()
    assert monitor.lines == ["no end"]
    screen.write(b"\n")
    screen.hear(Progress("attic", "main.py", 2, 9))
    until(lambda: len(monitor.lines) == 2)
    screen.settle()
    assert monitor.lines == ["no end"]


@pytest.mark.parametrize("state", ["gate", "raw"])
def test_nothing_is_drawn_while_the_screen_is_not_ours(
    screen: Screen, monitor: Monitor, clock: Clock, state: str
) -> None:
    screen.hear(Progress("attic", "main.py", 1, 9))
    setattr(screen, state, lambda draw: draw())
    clock.now += PATIENCE
    screen.hear(Progress("attic", "main.py", 2, 9))
    some_ticks()
    assert monitor.getvalue() == ""


def test_a_command_that_ends_while_rich_is_loaded_draws_nothing(
    screen: Screen, monitor: Monitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, loaded = threading.Event(), threading.Event()

    def unwanted(*_arguments: object, **_options: object) -> None:
        raise AssertionError("all is over")

    module = ModuleType("espsh.shell.live")

    def find(_name: str) -> object:
        loading.set()
        loaded.wait(20)
        return unwanted

    module.__getattr__ = find  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "espsh.shell.live", module)
    screen.hear(Progress("attic", "main.py", 1, 9))
    clock.now += PATIENCE
    assert loading.wait(20)
    screen.settle()
    loaded.set()
    until(lambda: not drawing())
    assert monitor.getvalue() == ""


def test_a_terminal_that_is_gone_ends_the_drawing_only(
    screen: Screen, monitor: Monitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_text: str) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(monitor, "write", gone)
    screen.hear(Progress("attic", "main.py", 1, 9))
    clock.now += PATIENCE
    until(lambda: not drawing())
    screen.hear(Progress("attic", "main.py", 2, 9))
    assert not drawing()


def test_colours_are_the_terminals_own(world: World, monitor: Monitor, clock: Clock) -> None:
    screen = Screen(world, clock=clock)
    screen.hear(Progress("attic", "main.py", 1, 9))
    clock.now += PATIENCE
    until(lambda: bool(monitor.lines))
    assert "\x1b[36mattic\x1b[0m" in monitor.getvalue()
    screen.settle()


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {}])
def test_where_nothing_is_drawn_a_remark_comes_now_and_then(tmp_path: Path, clock: Clock, env: dict[str, str]) -> None:
    stream = Monitor(200) if env else io.StringIO()
    screen = Screen(text_world(tmp_path, **{"TERM": "xterm", **env})._replace(stderr=stream), clock=clock)
    for second in range(25):
        screen.hear(Progress("attic", "/a.py", 100 * second, 2500, 2, 3, 50 * second))
        clock.now += 1
    screen.settle()
    assert SELDOM == 10
    assert stream.getvalue() == (
        "attic: 2/3 /a.py, 40%, 1.0 kB, 100 B/s, 2.0x, 0:15 left\n"
        "attic: 2/3 /a.py, 80%, 2.0 kB, 100 B/s, 2.0x, 0:05 left\n"
    )


def test_a_remark_on_what_is_no_boards(tmp_path: Path, clock: Clock) -> None:
    stream = io.StringIO()
    screen = Screen(text_world(tmp_path)._replace(stderr=stream), clock=clock)
    for done in (0, 1500):
        screen.hear(Progress("", "firmware.bin", done, 3000))
        clock.now += SELDOM
    assert stream.getvalue() == "firmware.bin, 50%, 1.5 kB, 150 B/s, 0:10 left\n"


def test_many_threads_do_not_block_each_other(world: World, monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_REDRAW", 0.0)
    screen = Screen(world, colour=False)

    def move(board: str) -> None:
        for done in range(200):
            screen.hear(Progress(board, "a.py", done, 200))
            if done % 20 == 0:
                screen.say(f"{board} {done}")
                screen.settle()

    movers = [threading.Thread(target=move, args=(f"board{number}",)) for number in range(4)]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join(60)
    screen.settle()
    until(lambda: not drawing())
    assert sorted(monitor.lines) == sorted(f"board{n} {done}" for n in range(4) for done in range(0, 200, 20))


def test_a_short_transfer_loads_no_rich() -> None:
    program = """
import io, sys, time
from pathlib import Path
from espsh.base.events import Progress
from espsh.base.world import World
from espsh.shell.screen import Screen

terminal = io.StringIO()
terminal.isatty = lambda: True
screen = Screen(World(terminal, terminal, terminal, {"TERM": "xterm"}, Path()))
screen.hear(Progress("attic", "main.py", 0, 10))
time.sleep(0.25)
screen.settle()
print([name for name in sys.modules if name.startswith("rich")])
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
