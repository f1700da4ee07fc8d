"""Numbers in the lines that a program prints, with their names. Pure.

A line counts where all of it is numbers, with names or without: ``1.5``, ``1.5,2.0``, ``temp:21.5 hum:40``,
``a=1 b=2``, ``temp 21.5 C``, and what MicroPython prints of a tuple, a list or a dict of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 500
"""Characters of a line beyond which nobody looks for numbers."""
_MOST = 16
_NUMBER = r"[-+]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][-+]?\d{1,4})?|[-+]?(?:nan|inf)"
_UNITS = r"(?:%|°?[CFK]|[mkµu]?(?:V|A|W|Hz|Pa|s|m)|hPa|g|lx|dBm?|ppm|rpm)"
# One that stands by itself would be the next name, where another number follows.
_UNIT = rf"(?:{_UNITS}|\s{_UNITS}(?=\s*[,;]|\Z))?"
_NAME = r"[^\W\d]\w{0,23}"
_NAMED = re.compile(
    rf"""(?:'(?P<quoted>[^']{{1,24}})'|"(?P<doubly>[^"]{{1,24}})"|(?P<plain>{_NAME}))"""
    rf"""(?:\s*[:=]\s*|\s+)(?P<number>{_NUMBER}){_UNIT}(?:\s*[,;]\s*|\s+|\Z)"""
)
_BARE = re.compile(rf"(?P<number>{_NUMBER})(?:\s*[,;]\s*|\s+|\Z)")
_ROM = re.compile(r"ho \d+ tail \d+ room \d+")
"""A line of an ESP32's ROM, at each start."""
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


class Reading(NamedTuple):
    """One number; ``name`` is "" where the line gives none. It may be not finite."""

    name: str
    value: float


def read_line(line: str) -> list[Reading]:
    """Return the numbers of a line in order, none where it is other text; of two of a name the last one counts."""
    text = line.strip()
    if not text or len(line) > LONGEST or _ROM.fullmatch(text):
        return []
    if _BRACKETS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    found = list(_items(text))
    whole = sum(len(match[0]) for match in found) == len(text)
    if not found or not whole or len(found) > _MOST:
        return []
    if found[0].re is _BARE:
        return [Reading("", float(match["number"])) for match in found]
    values = {_name(match): float(match["number"]) for match in found}
    return [Reading(*pair) for pair in values.items()]


def _items(text: str) -> Iterator[re.Match[str]]:
    """Yield the items from the beginning on, all of the kind of the first one, until one is none."""
    kind = _BARE if _BARE.match(text) else _NAMED
    at = 0
    while at < len(text) and (match := kind.match(text, at)):
        yield match
        at = match.end()


def _name(match: re.Match[str]) -> str:
    return match["quoted"] or match["doubly"] or match["plain"]


class Lines:
    """Cuts bytes that come in pieces into lines of text; of an endless one all but the beginning is left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._skips = False

    def cut(self) -> None:
        """Forget the line that has begun, and leave out what comes up to the next one's beginning."""
        self._rest, self._skips = b"", True

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` ends."""
        *lines, rest = (self._rest + data).split(b"\n")
        if lines and self._skips:
            lines, self._skips = lines[1:], False
        found = [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
        self._rest = b"" if self._skips else rest
        if len(self._rest) > 4 * LONGEST:
            found.append(self._rest.decode("utf-8", "replace"))
            self._rest, self._skips = b"", True
        return found

    def end(self) -> list[str]:
        """Return the line that nothing has ended."""
        return self.feed(b"\n") if self._rest else []
