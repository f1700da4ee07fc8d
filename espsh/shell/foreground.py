"""Host programs with the terminal to themselves, as a shell starts them: a process group, so that all of it can be
ended, and the terminal handed to and fro when it stops (Ctrl-Z) or ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

GRACE = 1.0
"""Seconds a program has to save its work when espsh has to end at once; an editor needs milliseconds."""


def run_in_foreground(argv: Sequence[str], directory: str | None, stdin: TextIO) -> int:
    """Run a program on the terminal behind ``stdin`` and return its exit code; whatever ends us early ends it too."""
    if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
        descriptor = _terminal_of(stdin)
        if descriptor is not None:
            return _run_as_job(argv, directory, descriptor)
    with _interrupts(lambda: None):
        return subprocess.run(argv, cwd=directory, check=False).returncode


@contextlib.contextmanager
def _interrupts(take: Callable[[], None]) -> Iterator[None]:
    """Leave Ctrl-C to the program that has the screen: subprocess would kill an editor that uses it as a key.

    ``take`` is called for one that comes to us. A handler of ours is not inherited, unlike "ignore", so the program
    still gets the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = signal.signal(signal.SIGINT, lambda _number, _frame: take())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


if sys.platform != "win32":
    import termios

    def _terminal_of(stdin: TextIO) -> int | None:
        """Return the descriptor of the terminal if it is ours to give away."""
        try:
            descriptor = stdin.fileno()
            return descriptor if os.tcgetpgrp(descriptor) == os.getpgrp() else None
        except (OSError, ValueError):
            return None

    def _run_as_job(argv: Sequence[str], directory: str | None, terminal: int) -> int:
        modes = termios.tcgetattr(terminal)
        early: list[int] = []
        with (
            _interrupts(lambda: early.append(signal.SIGINT)),
            subprocess.Popen(argv, cwd=directory, process_group=0) as program,
            _interrupts(lambda: _pass_on(program)),
        ):
            try:
                if early:
                    _pass_on(program)
                while True:
                    with _lent(terminal, program.pid):
                        _, status = os.waitpid(program.pid, os.WUNTRACED)
                    if not os.WIFEXITED(status):  # it had no chance to put the terminal right
                        _restore(terminal, modes)
                    if not os.WIFSTOPPED(status):
                        program.returncode = os.waitstatus_to_exitcode(status)
                        return program.returncode
                    os.killpg(os.getpgrp(), signal.SIGTSTP)  # the user's shell takes over, until fg
            except BaseException:
                _end(program)
                _restore(terminal, modes)
                raise

    @contextlib.contextmanager
    def _lent(terminal: int, group: int) -> Iterator[None]:
        """Make ``group`` the one that has the terminal, and take it back afterwards."""
        is_ours = os.tcgetpgrp(terminal) == os.getpgrp()  # it is not after bg
        if is_ours:
            os.tcsetpgrp(terminal, group)
        # A program that was quicker than we has been stopped for using a terminal that was not its own yet.
        os.killpg(group, signal.SIGCONT)
        try:
            yield
        finally:
            if is_ours:
                old = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # or we are stopped for asking from the background
                with contextlib.suppress(OSError):  # the terminal may be gone
                    os.tcsetpgrp(terminal, os.getpgrp())
                signal.signal(signal.SIGTTOU, old)

    def _pass_on(program: subprocess.Popen[bytes]) -> None:
        """Hand on a Ctrl-C that was typed before the program had the terminal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGINT)

    def _restore(terminal: int, modes: list[Any]) -> None:
        with contextlib.suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(terminal, termios.TCSADRAIN, modes)

    def _end(program: subprocess.Popen[bytes]) -> None:
        """End a program and all it started: as a closed terminal does, for which editors save what is not saved."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGHUP)
            os.killpg(program.pid, signal.SIGCONT)
        try:
            program.wait(GRACE)
        except subprocess.TimeoutExpired:
            program.kill()
