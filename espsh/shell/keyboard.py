"""The keyboard as bytes, each key as it is pressed: Ctrl-C is a byte too. One class per kind of console."""

from __future__ import annotations

import contextlib
import os
import sys
from types import TracebackType
from typing import Protocol, Self, TextIO

from espsh.errors import UsageError


class Keyboard(Protocol):
    """Gives keys while it is entered; leaving it puts the terminal back as it was."""

    def __enter__(self) -> Self:
        """Take the terminal."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""

    def read(self) -> bytes:
        """Wait for keys and return their bytes; empty when woken or when there will be none any more."""

    def wake(self) -> None:
        """Let a :meth:`read` in another thread return at once."""


def keyboard_of(stdin: TextIO) -> Keyboard:
    """Return the keyboard behind ``stdin``; raise a UsageError where it is no terminal."""
    if not stdin.isatty():
        raise UsageError("this needs a terminal", "run code with exec, run, or repl ~ CODE ~")
    if sys.platform == "win32":
        from espsh.shell.console_windows import ConsoleKeyboard, kernel32

        return ConsoleKeyboard(kernel32())
    return TtyKeyboard(stdin.fileno())


class TtyKeyboard:
    """A POSIX terminal in raw mode. What was typed ahead comes first, with Enter as the key sends it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        import select
        import termios
        import tty

        self._saved = termios.tcgetattr(self._descriptor)
        self._woken, self._waker = os.pipe()
        tty.setraw(self._descriptor, termios.TCSADRAIN)
        waits = select.select([self._descriptor], [], [], 0)[0]
        # Until now the terminal has made a line feed of Enter.
        self._ahead = self._pressed().replace(b"\n", b"\r") if waits else b""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import termios

        with contextlib.suppress(termios.error):  # the terminal was closed
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._saved)
        os.close(self._woken)
        os.close(self._waker)

    def read(self) -> bytes:
        """Wait for keys."""
        import select

        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        ready, _, _ = select.select([self._descriptor, self._woken], [], [])
        if self._woken in ready:
            return b""
        return self._pressed()

    def _pressed(self) -> bytes:
        try:
            return os.read(self._descriptor, 4096)
        except OSError:  # the terminal was closed
            return b""

    def wake(self) -> None:
        """Let read return."""
        os.write(self._waker, b"x")
