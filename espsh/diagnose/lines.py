"""Bytes of a serial line to lines of text: split anywhere, damaged, coloured, or without any end."""

from __future__ import annotations

import re

LONGEST = 1000
"""Bytes after which a line without an end is cut: what a chip of another baud rate says has none."""
PROMPT = ">>> "
_PROMPT = PROMPT.encode()
_END = re.compile(rb"[\r\n]")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""Control sequences (ECMA-48): colours, cursor moves, titles."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_READABLE = frozenset(b"\t\n\r\b\x1b") | frozenset(range(0x20, 0x7F))


class Lines:
    """Splits what is fed, in blocks of any size, at CR and LF. A friendly prompt is a line of its own, and has no end.

    Lines that are empty are left out, longer ones than LONGEST cut: it never holds more.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete now."""
        data = self._rest + data
        lines = []
        start = 0
        while True:
            if data.startswith(_PROMPT, start):
                end = after = start + len(_PROMPT)
            elif match := _END.search(data, start, start + LONGEST):
                end, after = match.start(), match.end()
            elif len(data) - start >= LONGEST:
                end = after = start + LONGEST
            else:
                break
            if end > start:
                lines.append(data[start:end])
            start = after
        self._rest = data[start:]
        return lines

    def end(self) -> list[bytes]:
        """Return the line that never ended."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


def harmless(data: bytes) -> str:
    """Return text that cannot steer a terminal: without control sequences, with control characters spelled out."""
    text = _ESCAPE.sub("", data.decode("utf-8", "replace"))
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def unreadable(said: bytes) -> float:
    """Return the share of bytes that belong to no text."""
    if not said:
        return 0.0
    text = said.decode("utf-8", "ignore").encode()
    return 1 - sum(byte in _READABLE or byte >= 0x80 for byte in text) / len(said)
