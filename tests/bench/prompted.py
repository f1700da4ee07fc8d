"""espsh at a terminal: its prompt, lines that are typed, and how long each takes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

ESPSH = Path(sys.executable).parent / "espsh"
SIZE = (40, 160)
_ENDED = re.compile(rb"took [\d.]+ seconds")
_READY = re.compile(rb"\] >\s*$")
_ESCAPES = re.compile(rb"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B]|[=>])")


class Prompt:
    """A shell on a pty. ``said`` is all that it has shown, without colours and movements of the cursor."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.pid = process.pid
        self._screen = screen
        self._shown = b""

    @property
    def said(self) -> str:
        """What was shown since the last line was typed."""
        return _ESCAPES.sub(b"", self._shown).decode(errors="replace")

    def line(self, text: str, longest: float = 120.0) -> float:
        """Type a line; return the seconds until it is done."""
        self._until(_READY, longest)
        self._shown = b""
        started = monotonic()
        os.write(self._screen, f"{text}\r".encode())
        self._until(_ENDED, longest)
        return monotonic() - started

    def idle(self, seconds: float) -> None:
        """Touch no key."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self._take(left)

    def _until(self, end: re.Pattern[bytes], longest: float) -> None:
        latest = monotonic() + longest
        while not end.search(_ESCAPES.sub(b"", self._shown)):
            left = latest - monotonic()
            if left <= 0:
                raise TimeoutError(f"no end of this: {self.said[-500:]}")
            self._take(left)

    def _take(self, longest: float) -> None:
        ready, _, _ = select.select([self._screen], [], [], longest)
        if ready:
            self._shown += os.read(self._screen, 65536)


@contextlib.contextmanager
def prompted(words: Sequence[str], home: Path) -> Iterator[tuple[Prompt, float]]:
    """Start espsh with these words; yield its prompt and the seconds until the first line was taken and done."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", *SIZE, 0, 0))
    folders = {f"ESPSH_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    env = {**os.environ, **folders, "HOME": str(home), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    started = monotonic()
    process = subprocess.Popen(
        [str(ESPSH), "--timing", *words], cwd=home, env=env, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    prompt = Prompt(process, ours)
    try:
        prompt.line("pwd")
        yield prompt, monotonic() - started
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        os.close(ours)
