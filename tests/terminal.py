"""Programs on a real terminal: what a person types and sees, through a pty."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from espsh.base.deadline import Deadline

fcntl = pytest.importorskip("fcntl", reason="a POSIX terminal")
termios = pytest.importorskip("termios", reason="a POSIX terminal")


_PATIENCE = 60.0


class Terminal:
    """A terminal with a person at it; programs start in ``folder``. ``seen`` is all that was on it while one waited."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours, self._theirs = os.openpty()
        self._unread = b""
        self.seen = b""

    def close(self) -> None:
        """Close both ends."""
        self.hang_up()
        os.close(self._theirs)

    def hang_up(self) -> None:
        """Close the window: what runs in it gets SIGHUP, and can neither read nor write any more."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def resize(self, lines: int, columns: int) -> None:
        """Give the window another size, of which programs are told."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))

    @property
    def modes(self) -> list[Any]:
        """How the terminal is set."""
        modes: list[Any] = termios.tcgetattr(self._theirs)
        return modes

    @contextlib.contextmanager
    def running(self, *argv: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a program with the terminal as its own, and kill it afterwards."""
        known = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "TERM": "xterm", "ESPSH_PORT": "none"}
        process = subprocess.Popen(
            argv,
            cwd=self._folder,
            env={**known, "PROMPT_TOOLKIT_NO_CPR": "1", **env},
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def expect(self, *texts: bytes) -> bytes:
        """Wait until each text has appeared, in this order; return what came before the last one.

        Fails after a minute, with what was seen instead.
        """
        before = b""
        for text in texts:
            deadline = Deadline(_PATIENCE)
            while text not in self._unread:
                if not select.select([self._ours], [], [], deadline.remaining)[0]:
                    pytest.fail(f"{text!r} did not appear, but {self._unread[-2000:]!r}")
                came = os.read(self._ours, 4096)
                self.seen += came
                self._unread += came
            before, _, self._unread = self._unread.partition(text)
        return before
