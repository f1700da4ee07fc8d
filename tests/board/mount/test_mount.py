"""Mounts while somebody else has the line: at the user's prompt, across restarts there, interrupted, port lost."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from espsh.base.events import EventBus, Notice
from espsh.board.board import Board
from espsh.board.wire import Wire
from espsh.errors import InterruptedByUserError, LinkLostError
from espsh.ports.open import PortSettings

NOISE = random.Random(4).randbytes(20_000)
ENDLESS = "while True:\n    open('noise.bin', 'rb').read()"


class Desk:
    """A board with ``src`` mounted, and what was said of it."""

    def __init__(self, board: Board, src: Path, events: list[Any]) -> None:
        self.board = board
        self.src = src
        self.events = events

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]


@pytest.fixture
def desk(port: Callable[..., str], tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    src = tmp_path / "src"
    src.mkdir()
    (src / "mod.py").write_text("print('mod is', 'read')\n")
    (src / "noise.bin").write_bytes(NOISE)
    made: list[Board] = []

    def make(*, writable: bool = False, **options: str) -> Desk:
        events: list[Any] = []
        bus = EventBus()
        bus.subscribe(events.append)
        board = Board.connect(port(**options), settings=PortSettings(), events=bus, names=None)
        made.append(board)
        board.mounts.add(str(src), "/remote", writable=writable)
        return Desk(board, src, events)

    yield make
    for board in made:
        board.close()


class Screen:
    """What a user sees on a wire."""

    def __init__(self, wire: Wire) -> None:
        self.seen = bytearray()
        self._wire = wire
        self._more = threading.Condition()
        wire.subscribe(self._show)

    def _show(self, data: bytes) -> None:
        with self._more:
            self.seen += data
            self._more.notify_all()

    def expect(self, *texts: bytes) -> None:
        with self._more:
            found = self._more.wait_for(lambda: all(text in self.seen for text in texts), 20)
        assert found, bytes(self.seen)
        self.seen.clear()

    def type(self, line: bytes, *texts: bytes) -> None:
        self._wire.write(line)
        self.expect(*texts)


def test_the_users_prompt_sees_no_question(desk: Callable[..., Desk]) -> None:
    board = desk().board
    with board.repl() as wire:
        screen = Screen(wire)
        screen.expect(b">>> ")
        wire.write(b"import mod; print('all of', len(open('noise.bin', 'rb').read()))\r")
        shown = screen.seen
        with screen._more:
            assert screen._more.wait_for(lambda: shown.endswith(b"all of 20000\r\n>>> "), 20), bytes(shown)
        assert b"\x1e" not in shown
        assert b"mod is read\r\n" in shown
    assert board.evaluate("6*7") == "42"


def test_a_soft_reset_at_the_users_prompt(desk: Callable[..., Desk]) -> None:
    at = desk()
    with at.board.repl() as wire:
        screen = Screen(wire)
        screen.expect(b">>> ")
        screen.type(b"import mod\r", b"mod is read")
        screen.type(b"\x04", b"soft reboot", b"information.\r\n>>> \r\n>>> ")
        screen.type(b"import mod\r", b"mod is read")
    assert at.notices == [f"{at.src} is mounted at :/remote again"]
    assert at.board.evaluate("len(open('noise.bin', 'rb').read())") == "20000"


def test_ctrl_c_in_the_middle_of_a_read(desk: Callable[..., Desk]) -> None:
    board = desk(baud="115200").board
    for _ in range(3):
        with pytest.raises(InterruptedByUserError):
            board.execute(
                "print('go')\nwhile True:\n    open('noise.bin', 'rb').read()", output=lambda _: board.cancel()
            )
        assert board.evaluate("open('noise.bin', 'rb').read(4)") == repr(NOISE[:4])


def test_ctrl_c_at_the_users_prompt_leaves_nothing_of_an_answer(desk: Callable[..., Desk]) -> None:
    board = desk(baud="115200").board
    with board.repl() as wire:
        screen = Screen(wire)
        screen.expect(b">>> ")
        wire.write(b"while True: x = open('noise.bin', 'rb').read(); print('once')\r\r")
        screen.expect(b"once\r\n")
        screen.type(b"\x03", b"KeyboardInterrupt", b"\r\n>>> ")
        screen.type(b"print(6*7)\r", b"print(6*7)\r\n42\r\n>>> ")


def test_a_board_that_comes_back_is_mounted_again(desk: Callable[..., Desk]) -> None:
    at = desk(fault="unplug@60000:replug=50ms")
    with pytest.raises(LinkLostError):
        at.board.execute(ENDLESS, output=lambda _: None)
    # A cable that was out for a moment resets no board: its own mount makes room for the new one.
    assert wait_for_return(at.board) == "20000"
    assert [text for text in at.notices if "again" in text] == [
        "connected again", f"{at.src} is mounted at :/remote again",
    ]  # fmt: skip


def wait_for_return(board: Board) -> str:
    board._connection.settings = board._connection.settings._replace(wait=20.0)
    return board.evaluate("len(open('noise.bin', 'rb').read())")


def test_the_mount_of_a_session_that_was_killed_makes_room(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.board.execute("import mod", output=lambda _: None)
    at.board.link.close()  # no word to the board, as when espsh is killed
    again = Board.connect(at.board.url, settings=PortSettings(), events=EventBus(), names=None)
    try:
        again.mounts.add(str(at.src), "/remote", writable=False)
        out = bytearray()
        again.execute("import mod", output=out.extend)
        assert out == b"mod is read\r\n", "what came from the old mount is forgotten with it"
    finally:
        again.close()


def test_output_that_looks_like_questions_is_output(desk: Callable[..., Desk]) -> None:
    data = bytes(range(256)) + b"\x1e\x1e" + b"\x1e?x" + b"\x1e\x1e!12 (4)\r\n" + b"end\x1e"
    board = desk().board
    out = bytearray()
    board.execute(f"import sys\nopen('mod.py').read()\nsys.stdout.buffer.write({data!r}) and None", output=out.extend)
    assert bytes(out) == data


def test_the_end_of_a_session_with_a_program_left_running(desk: Callable[..., Desk]) -> None:
    at = desk()
    with at.board.repl() as wire:
        screen = Screen(wire)
        screen.expect(b">>> ")
        screen.type(b"while True: x = open('mod.py').read(); print('once')\r\r", b"once\r\n")
    at.board.close()
    assert at.notices == [f"{at.src} is no longer behind :/remote; what runs there gets OSError EIO for its files"]


def test_a_directory_that_goes_is_an_error_of_the_program(desk: Callable[..., Desk]) -> None:
    at = desk()
    for name in os.listdir(at.src):  # noqa: PTH208 - names
        (at.src / name).unlink()
    at.src.rmdir()
    out = bytearray()
    code = "import os\ntry:\n    os.listdir('/remote')\nexcept OSError as e:\n    print(e.args[0])"
    at.board.execute(code, output=out.extend)
    assert out.strip() == b"2"
