"""The keyboard of a terminal: raw while it is ours, as before afterwards, and no key is lost on the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from espsh.errors import UsageError
from espsh.shell.keyboard import TtyKeyboard, keyboard_of
from tests.shell.conftest import Tty


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
