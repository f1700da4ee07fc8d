"""A terminal that does not show what is typed at it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TextIO

if sys.platform == "win32":
    _ECHO = 0x4  # ENABLE_ECHO_INPUT, of SetConsoleMode

    @contextlib.contextmanager
    def hidden(stdin: TextIO) -> Iterator[None]:
        """Show nothing of what is typed at ``stdin`` meanwhile, where it is a console."""
        import ctypes
        import msvcrt

        mode = ctypes.c_uint32()
        try:
            handle = msvcrt.get_osfhandle(stdin.fileno())
        except (OSError, ValueError):
            handle = -1
        kernel = ctypes.windll.kernel32
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            yield
            return
        kernel.SetConsoleMode(handle, mode.value & ~_ECHO)
        try:
            yield
        finally:
            kernel.SetConsoleMode(handle, mode.value)

else:
    import termios

    @contextlib.contextmanager
    def hidden(stdin: TextIO) -> Iterator[None]:
        """Show nothing of what is typed at ``stdin`` meanwhile, where it is a terminal."""
        try:
            descriptor = stdin.fileno()
            before = termios.tcgetattr(descriptor)
        except (OSError, ValueError, termios.error):
            yield
            return
        now = list(before)
        now[3] &= ~termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, now)
        try:
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
