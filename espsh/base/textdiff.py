"""Two texts, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LARGEST = 256 * 1024
"""Bytes of a file above which its lines are not compared: a board sends that many in about ten seconds."""

_NO_END = "\\ No newline at end of file"


def text_of(blocks: Iterable[bytes]) -> str | None:
    """Return a file's text, or None where it holds none: no more is read than shows that."""
    data = bytearray()
    for block in blocks:
        data += block
        if b"\0" in block:
            return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def unified(old: str, new: str, old_name: str, new_name: str) -> Iterator[str]:
    """Yield the lines of a unified diff, as diff(1) prints them, without line ends."""
    import difflib

    lines = difflib.unified_diff(_lines(old), _lines(new), old_name, new_name)
    for line in lines:
        if line.endswith("\n"):
            yield line[:-1]
        else:
            yield line
            yield _NO_END


def _lines(text: str) -> list[str]:
    """Return the lines with their ends: only a line feed is one (splitlines would cut at a form feed, too)."""
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), *([last] if last else [])]
