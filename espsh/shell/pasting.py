"""Text on its way to the board's paste mode, where nothing is indented and nothing runs before all of it is there.

Paste mode echoes each byte, and a line's end as a new line with "=== " (``shared/runtime/pyexec.c``). So the echo is a
proof: what it does not confirm is not run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

PIECE = 32
"""Bytes sent at once."""
UNECHOED = 224
"""Bytes that may be on their way without an echo: less than a ring of 260, whatever the board does meanwhile."""
PATIENCE = 5.0
"""Seconds without a sign of the board after which it is given up; a garbage collection in PSRAM takes 0.1."""
CTRL_C, CTRL_D = b"\x03", b"\x04"
_LINE = b"\n=== "


class Step(NamedTuple):
    """A key, what the board answers when it has taken it, and what it means when it does not."""

    key: bytes
    answer: bytes
    missing: str


_TO_PASTE = Step(b"\x05", _LINE, "the board has no paste mode")
AT_PROMPT = (_TO_PASTE,)
"""The way to paste mode from the prompt."""
ANYWHERE = (Step(CTRL_C, b"\n>>> ", "the board comes to no prompt"), _TO_PASTE)
"""The way there from wherever the board is: what runs is interrupted."""


class Paste:
    """One text, sent as fast as the board takes it. Pure: the time is passed in, in seconds.

    ``problem`` says why it was given up. What was sent by then is cancelled, and nothing of it runs.
    """

    def __init__(self, text: bytes, way: Sequence[Step]) -> None:
        """Take ``text`` with any line ends. It must not hold Ctrl-C or Ctrl-D, which mean something to paste mode."""
        self.problem = ""
        self._way = deque(way)
        self._step: Step | None = None
        self._said = b""
        self._text = text.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        self._sent = 0
        self._echo = bytearray()
        self._moved_at = 0.0
        self._over = False

    def due(self, now: float) -> float | None:
        """Return in how many seconds something may be sent: 0 for now, None when all is done."""
        if self._over:
            return None
        return max(0.0, self._moved_at + PATIENCE - now) if self._waits else 0.0

    def take(self, now: float) -> bytes:
        """Return what is to be sent now."""
        if self._waits:
            return self._give_up()
        if self._way:
            self._step, self._said, self._moved_at = self._way.popleft(), b"", now
            return self._step.key
        if self._sent == len(self._text):
            self._over = True
            return CTRL_D
        piece = self._text[self._sent : self._sent + PIECE]
        self._sent += len(piece)
        if not self._echo:
            self._moved_at = now
        self._echo += piece.replace(b"\r", _LINE)
        return piece

    def heard(self, data: bytes, now: float) -> bytes:
        """Take what the board says; return what of it is no echo: a log line, the end of what was interrupted."""
        if self._step is not None:
            return self._answered(data, now)
        strange = bytearray()
        for byte in data:
            if self._echo and byte == self._echo[0]:
                del self._echo[0]
                self._moved_at = now
            elif byte != 13:  # a board puts CR where the text has none
                strange.append(byte)
        return bytes(strange)

    @property
    def _waits(self) -> bool:
        if self._step is not None:
            return True
        return bool(self._echo) and (self._sent == len(self._text) or len(self._echo) > UNECHOED - PIECE)

    def _answered(self, data: bytes, now: float) -> bytes:
        assert self._step is not None
        self._said += data
        shown = data if self._step.key == CTRL_C else b""
        if self._step.answer in self._said.replace(b"\r", b""):
            self._step, self._moved_at = None, now
        return shown

    def _give_up(self) -> bytes:
        self._over = True
        line = self._text.count(b"\r", 0, self._sent) - self._echo.count(b"\n") + 1
        self.problem = self._step.missing if self._step else f"the board did not take line {line}; nothing was run"
        return CTRL_C
