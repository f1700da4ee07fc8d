"""Whether a board waits at its prompt with nothing typed, told by what it has shown."""

from __future__ import annotations

import re

PROMPT = b">>> "
_LONGEST = 4096
_SHOWN = re.compile(rb"\x08|\x1b\[(?P<back>\d+)D|\x1b\[K|(?P<text>[^\x08\x1b]+)|\x1b")
"""What MicroPython's readline sends (``shared/readline/readline.c``): text, steps back, "erase from here"."""


class PromptLine:
    """The last line of what a board has shown, as it looks after all that was erased."""

    def __init__(self) -> None:
        self._line = b""

    def hear(self, data: bytes) -> None:
        """Take what the board says."""
        self._line = (self._line + data).rpartition(b"\n")[2][-_LONGEST:]

    @property
    def is_empty_prompt(self) -> bool:
        """Whether that line is a prompt and nothing else."""
        return self._line.startswith(PROMPT) and self._looks() == PROMPT

    def _looks(self) -> bytes:
        cells, at = bytearray(), 0
        for part in _SHOWN.finditer(self._line):
            if text := part["text"]:
                cells[at : at + len(text)] = text
                at += len(text)
            elif part["back"]:
                at -= int(part["back"])
            elif part[0] == b"\x08":
                at -= 1
            elif part[0] == b"\x1b[K":
                del cells[at:]
            at = max(0, at)
        return bytes(cells)
