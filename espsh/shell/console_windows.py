"""The Windows console as a keyboard of bytes. It has run against fakes of the console's functions only.

Virtual terminal input makes the console deliver arrow keys as the escape sequences that a board's readline
understands (https://learn.microsoft.com/windows/console/setconsolemode).
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Any, Protocol, Self

STD_INPUT_HANDLE = -10
STD_OUTPUT_HANDLE = -11
ENABLE_PROCESSED_INPUT = 0x0001
ENABLE_LINE_INPUT = 0x0002
ENABLE_ECHO_INPUT = 0x0004
ENABLE_VIRTUAL_TERMINAL_INPUT = 0x0200
ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004
_POLL_MS = 50


class ConsoleFunctions(Protocol):
    """What is used of kernel32, in Python's terms."""

    def handle(self, which: int) -> int:
        """Return a standard handle."""

    def get_mode(self, handle: int) -> int:
        """Return a console handle's mode."""

    def set_mode(self, handle: int, mode: int) -> None:
        """Set a console handle's mode."""

    def wait(self, handle: int, milliseconds: int) -> bool:
        """Wait until the handle has input; tell whether it has."""

    def read(self, handle: int) -> str:
        """Read typed characters, at least one."""


class ConsoleKeyboard:
    """The console in raw mode: no line editing, no echo, Ctrl-C as a byte."""

    def __init__(self, functions: ConsoleFunctions) -> None:
        self._functions = functions
        self._stopped = False
        self._half = ""

    def __enter__(self) -> Self:
        self._input = self._functions.handle(STD_INPUT_HANDLE)
        self._output = self._functions.handle(STD_OUTPUT_HANDLE)
        self._saved = (self._functions.get_mode(self._input), self._functions.get_mode(self._output))
        cooked = ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT
        self._functions.set_mode(self._input, (self._saved[0] & ~cooked) | ENABLE_VIRTUAL_TERMINAL_INPUT)
        self._functions.set_mode(self._output, self._saved[1] | ENABLE_VIRTUAL_TERMINAL_PROCESSING)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._functions.set_mode(self._input, self._saved[0])
        self._functions.set_mode(self._output, self._saved[1])

    def read(self) -> bytes:
        """Wait for keys; the console cannot be woken, so it is asked every 50 ms whether to stop."""
        while not self._stopped:
            if self._functions.wait(self._input, _POLL_MS):
                text = self._half + self._functions.read(self._input)
                self._half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
                whole = text[: len(text) - len(self._half)]
                if whole:
                    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        return b""

    def wake(self) -> None:
        """Let read return."""
        self._stopped = True


class _Kernel32:
    """The functions themselves."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def handle(self, which: int) -> int:
        return int(self._library.GetStdHandle(which))

    def get_mode(self, handle: int) -> int:
        mode = ctypes.c_ulong()
        self._check(self._library.GetConsoleMode(handle, ctypes.byref(mode)))
        return mode.value

    def set_mode(self, handle: int, mode: int) -> None:
        self._check(self._library.SetConsoleMode(handle, mode))

    def wait(self, handle: int, milliseconds: int) -> bool:
        return bool(self._library.WaitForSingleObject(handle, milliseconds) == 0)

    def read(self, handle: int) -> str:
        buffer = ctypes.create_unicode_buffer(1024)
        count = ctypes.c_ulong()
        self._check(self._library.ReadConsoleW(handle, buffer, len(buffer), ctypes.byref(count), None))
        return "".join(buffer[: count.value])

    def _check(self, succeeded: int) -> None:
        if not succeeded:
            raise OSError(self._library.GetLastError(), "the console refused")


def kernel32() -> ConsoleFunctions:
    """Return this Windows' console functions."""
    library = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]  # there on Windows only
    library.GetStdHandle.restype = ctypes.c_void_p
    return _Kernel32(library)
