"""What is done at a keyboard, told apart in its bytes: keys for the board, text that is pasted, keys of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

BRACKETED, UNBRACKETED = b"\x1b[?2004h", b"\x1b[?2004l"
"""Ask a terminal to put brackets around what is pasted, and to stop that (xterm, ctlseqs, "Bracketed Paste Mode")."""
_BEGIN, _END = b"\x1b[200~", b"\x1b[201~"

Kind = Literal["keys", "paste", "leave", "inject"]


class Stroke(NamedTuple):
    """One thing done: the bytes of ``keys``, the text of a ``paste``, or a key that is not for the board."""

    kind: Kind
    data: bytes


class Strokes:
    """Cuts bytes into strokes, however they are split. ``ours`` names keys that do not go to the board. Pure."""

    def __init__(self, ours: Mapping[bytes, Kind]) -> None:
        self._ours = ours
        self._marks = re.compile(b"|".join(re.escape(mark) for mark in (_BEGIN, *ours)))
        self._rest = b""
        self._pasted: bytearray | None = None

    def feed(self, data: bytes) -> Iterator[Stroke]:
        """Yield what was done. In what is pasted no key has a meaning."""
        data, self._rest = self._rest + data, b""
        while data:
            if self._pasted is None:
                found = self._marks.search(data)
                end = found.start() if found else len(data) - _begun(data)
                if end:
                    yield Stroke("keys", data[:end])
                if not found:
                    self._rest = data[end:]
                    return
                data = data[found.end() :]
                if found[0] == _BEGIN:
                    self._pasted = bytearray()
                else:
                    yield Stroke(self._ours[found[0]], found[0])
            else:
                self._pasted += data
                text, end_mark, data = bytes(self._pasted).partition(_END)
                if not end_mark:
                    return
                self._pasted = None
                yield Stroke("paste", text)


def _begun(data: bytes) -> int:
    """Return how many bytes at the end of ``data`` may be the beginning of a paste. Escape and Alt-[ are keys."""
    return next((size for size in range(len(_BEGIN) - 1, 2, -1) if data.endswith(_BEGIN[:size])), 0)
