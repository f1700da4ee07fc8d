"""The REPL on the terminal, with a wire and a keyboard whose every byte is known."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from espsh.errors import EspshError, LinkLostError, UsageError
from espsh.shell.console import attach
from espsh.shell.keyboard import TtyKeyboard, keyboard_of
from espsh.shell.screen import Screen
from tests.shell.conftest import Tty, text_world


class EchoWire:
    """A board that sends back what it gets."""

    def __init__(self) -> None:
        self.sent = b""
        self.lost: str | None = None
        self.returned = threading.Event()
        self.broken = False
        self.listeners: list[Callable[[bytes], None]] = []

    def write(self, data: bytes) -> None:
        if self.broken:
            raise LinkLostError("unplugged")
        self.sent += data
        self.say(data.replace(b"\r", b"\r\n>>> "))

    def say(self, data: bytes) -> None:
        for listener in self.listeners:
            listener(data)

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def await_return(self, seconds: float) -> bool:
        if self.returned.wait(seconds):
            self.lost = None
        return self.lost is None


class Keys:
    """A keyboard that is typed at by the test. It notes that it was given back."""

    def __init__(self, *typed: bytes) -> None:
        self._typed: queue.Queue[bytes] = queue.Queue()
        for data in typed:
            self.type(data)
        self.state = "untouched"

    def type(self, data: bytes) -> None:
        self._typed.put(data)

    def __enter__(self) -> Self:
        self.state = "taken"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.state = "given back"

    def read(self) -> bytes:
        return self._typed.get()

    def wake(self) -> None:
        self._typed.put(b"")


class WiredBoard:
    name = "attic"

    def __init__(self, wire: EchoWire) -> None:
        self._wire = wire
        self.left = 0

    @contextmanager
    def repl(self) -> Iterator[EchoWire]:
        yield self._wire
        self.left += 1


class Console:
    def __init__(self, folder: Path) -> None:
        self.world = text_world(folder, TERM="dumb")
        self.screen = Screen(self.world)
        self.wire = EchoWire()
        self.board = WiredBoard(self.wire)
        self.captured = b""
        self.inject: Callable[[], bytes] | None = None

    def attach(self, keys: Keys) -> None:
        attach(self.board, self.world, self.screen, self._capture, self.inject, keys)  # type: ignore[arg-type]
        assert keys.state == "given back"
        assert self.wire.listeners == []

    def _capture(self, data: bytes) -> None:
        self.captured += data

    @property
    def out(self) -> str:
        stream: Any = self.world.stdout
        return str(stream.getvalue())

    @property
    def err(self) -> str:
        stream: Any = self.world.stderr
        return str(stream.getvalue())


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.mark.parametrize("leave", [b"\x18", b"\x1d"])
def test_every_byte_passes_until_a_leaving_key(console: Console, leave: bytes) -> None:
    every = bytes(byte for byte in range(256) if byte not in b"\x18\x1d")
    console.attach(Keys(b"\x03", every, leave))
    assert console.wire.sent == b"\x03" + every
    assert console.board.left == 1
    assert "Ctrl-X" in console.err


def test_keys_before_the_leaving_one_are_sent_and_those_after_are_not(console: Console) -> None:
    console.attach(Keys(b"ab\x18cd"))
    assert console.wire.sent == b"ab"


def test_ctrl_c_and_ctrl_d_are_the_boards(console: Console) -> None:
    console.attach(Keys(b"\x03", b"\x04", b"\x1a", b"\x18"))
    assert console.wire.sent == b"\x03\x04\x1a"


def test_output_is_passed_as_bytes_however_it_is_split(console: Console) -> None:
    shown: list[bytes] = []
    console.screen.write = shown.append  # type: ignore[method-assign]
    text = "é\x1b[A你".encode()
    console.attach(Keys(*(bytes([byte]) for byte in text), b"\x18"))
    assert console.wire.sent == text
    assert b"".join(shown) == text + b"\r\n"
    assert console.captured == text


def test_a_second_leaving_key_drops_a_paste(console: Console) -> None:
    console.wire.say = lambda data: None  # type: ignore[method-assign,assignment]
    console.attach(Keys(b"x" * 10_000 + b"\x18", b"\x18"))
    assert 0 < len(console.wire.sent) < 10_000


def test_a_long_paste_reaches_the_board_whole(console: Console) -> None:
    lines = b"".join(b"x%d = %d\r" % (n, n) for n in range(40))
    keys = Keys(lines)
    seen = b""

    def leave_at_the_end(data: bytes) -> None:
        nonlocal seen
        seen += data
        if seen.count(b">>> ") == 40:
            keys.type(b"\x18")

    console.wire.listeners.append(leave_at_the_end)
    attach(console.board, console.world, console.screen, lambda _: None, None, keys)  # type: ignore[arg-type]
    assert console.wire.sent == lines


def when_shown(console: Console, *steps: tuple[bytes, Callable[[], object]]) -> None:
    """Do each step when its text has been shown, one after the other."""
    write, left = console.screen.write, list(steps)

    def tell(data: bytes) -> None:
        write(data)
        if left and left[0][0] in data:
            left.pop(0)[1]()

    console.screen.write = tell  # type: ignore[method-assign]


def test_a_board_that_vanishes_is_one_line_and_the_user_leaves(console: Console) -> None:
    keys = Keys()
    when_shown(console, (b"is gone", lambda: (keys.type(b"into the void"), keys.type(b"\x18"))))
    console.wire.lost = "unplugged"
    console.attach(keys)
    assert console.out.count("attic is gone; waiting for it, Ctrl-X or Ctrl-] leaves") == 1
    assert console.wire.sent == b""


def test_a_board_that_comes_back_goes_on(console: Console) -> None:
    keys = Keys()
    when_shown(
        console,
        (b"is gone", console.wire.returned.set),
        (b"attic is back", lambda: keys.type(b"1+1\r")),
        (b">>> ", lambda: keys.type(b"\x18")),
    )
    console.wire.lost = "unplugged"
    console.attach(keys)
    assert console.wire.sent == b"1+1\r"


def test_a_capture_that_cannot_be_kept_ends_it_and_the_terminal_is_given_back(console: Console) -> None:
    def full(_data: bytes) -> None:
        raise EspshError("log.txt: no space left on device")

    console._capture = full  # type: ignore[method-assign]
    keys = Keys(b"a")
    with pytest.raises(EspshError, match="no space"):
        console.attach(keys)
    assert keys.state == "given back"
    assert not console.screen.raw


def test_ctrl_k_is_the_boards_unless_something_is_to_be_injected(console: Console) -> None:
    console.attach(Keys(b"\x0b", b"\x18"))
    assert console.wire.sent == b"\x0b"


def test_a_file_that_cannot_be_injected_is_one_line(console: Console) -> None:
    def missing() -> bytes:
        raise EspshError("test.py: no such file")

    console.inject = missing
    console.attach(Keys(b"\x0b", b"\x18"))
    assert console.wire.sent == b""
    assert "\r\ntest.py: no such file\r\n" in console.out


def test_what_is_said_meanwhile_begins_at_the_left(console: Console) -> None:
    console.wire.write = lambda data: console.screen.say("attic: unplugged")  # type: ignore[method-assign]
    console.attach(Keys(b"a", b"\x18"))
    assert "\r\nattic: unplugged\r\n" in console.err
    console.screen.say("after")
    assert console.err.endswith("unplugged\r\nafter\n")


def test_a_write_that_fails_is_the_same_line(console: Console) -> None:
    console.wire.broken = True
    console.attach(Keys(b"a", b"\x18"))
    assert console.out.count("attic is gone") == 1


def test_a_keyboard_that_ends_ends_it(console: Console) -> None:
    console.attach(Keys(b"a", b""))
    assert console.wire.sent == b"a"


def test_without_a_terminal_there_is_no_keyboard(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+") as file, pytest.raises(UsageError, match="needs a terminal"):
        keyboard_of(file)


@pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")
def test_a_tty_is_raw_while_it_is_ours_and_as_before_afterwards() -> None:
    import termios

    ours, theirs = os.openpty()
    try:
        before = termios.tcgetattr(theirs)
        with TtyKeyboard(theirs) as keyboard:
            assert not termios.tcgetattr(theirs)[3] & (termios.ICANON | termios.ISIG | termios.ECHO)
            os.write(ours, b"a\x03\xc3")
            assert keyboard.read() == b"a\x03\xc3"
            keyboard.wake()
            assert keyboard.read() == b""
        assert termios.tcgetattr(theirs) == before
        with pytest.raises(RuntimeError), TtyKeyboard(theirs):
            raise RuntimeError
        assert termios.tcgetattr(theirs) == before
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")
def test_what_was_typed_ahead_is_kept() -> None:
    ours, theirs = os.openpty()
    try:
        os.write(ours, b"1+1\rx")
        echo = b""
        while not echo.endswith(b"1+1\r\nx"):
            echo += os.read(ours, 100)
        with TtyKeyboard(theirs) as keyboard:
            os.write(ours, b"\n\r")
            assert keyboard.read() == b"1+1\rx"
            assert keyboard.read() == b"\n\r"
    finally:
        os.close(ours)
        os.close(theirs)


def test_tty_is_used_for_a_terminal() -> None:
    class Real(Tty):
        def fileno(self) -> int:
            return 99

    assert isinstance(keyboard_of(Real()), TtyKeyboard)
