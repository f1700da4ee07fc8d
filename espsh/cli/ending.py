"""How espsh ends when somebody else ends it: signals, closed pipes, closed terminals, and the codes they make."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TextIO

from espsh.core.session import Session

INTERRUPTED = 130
CLOSED_TERMINAL = 129
"""What a shell reports for a program that SIGHUP ended; a write may fail before the signal is here."""
BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended."""


class Terminated(SystemExit):
    """Another process told us to end: not an Exception, so that nothing on the way takes it for a failure.

    asyncio, under the prompt, lets only SystemExit and KeyboardInterrupt pass; anything else it would show, and go on.
    """

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        super().__init__(self.exit_code)


@contextlib.contextmanager
def signals_end(session: Session) -> Iterator[None]:
    """Let SIGTERM and SIGHUP end espsh by the front door: boards are left at their prompt, lines as they were.

    What the handler raises may be lost where cleaning up raises something else; so it is noted, too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    received: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        session.leave()
        for board in session.boards.values():
            board.cancel()
        raise Terminated(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    old = [(number, signal.signal(number, end)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in old:
            signal.signal(number, handler)
    if received:
        raise Terminated(received[0])


@contextlib.contextmanager
def terminal_kept(stream: TextIO) -> Iterator[None]:
    """Leave the terminal as it was found: a signal that comes while the prompt is taken away would leave it raw."""
    if os.name != "posix" or not stream.isatty():
        yield
        return
    import termios

    number, before = -1, None
    with contextlib.suppress(OSError, ValueError, termios.error):
        number = stream.fileno()
        before = termios.tcgetattr(number)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, termios.error):
            # In the background the system would stop who sets it.
            if before is not None and os.tcgetpgrp(number) == os.getpgrp() and termios.tcgetattr(number) != before:
                termios.tcsetattr(number, termios.TCSADRAIN, before)


def drop_closed_terminal() -> None:
    """Drop what cannot be shown any more: Python would end with 120 for it. A disk that is full is no terminal."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if error.errno == errno.EIO:
                drop(stream)


def drop(stream: TextIO) -> None:
    """Point a stream nowhere, so that Python does not complain about the broken pipe when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
