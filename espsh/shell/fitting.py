"""Text that is wider than the screen: broken at blanks, under the column where it began. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from espsh.shell.columns import columns_of, width_of

WIDEST = 100
"""Columns of running text: longer lines are hard to read."""

_HEAD = re.compile(r"usage: |also called: | +\S+(?: \S+)*? {2,}(?=\S)")
"""What stands in front of the text of a line: a word for what comes, or the first column of two."""
_FURTHER = " " * 4
_BREAKS = "/,:;-_."
"""Characters behind which a word without blanks is broken rather than anywhere."""


def prose(text: str, width: int) -> str:
    """Return text for a screen of ``width`` columns: what begins with a blank stays a line, the rest is paragraphs."""
    width = min(width, WIDEST)
    return "\n".join(shown for line in _paragraphs(text.split("\n")) for shown in _hung(line, width))


def fold(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` columns; nothing but blanks at the breaks is lost."""
    lines = []
    while width_of(text) > width:
        cut = _cut(text, width)
        lines.append(text[:cut].rstrip(" "))
        text = text[cut:].lstrip(" ")
    return [*lines, text]


def fitted(widths: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Return columns that fit into ``room``, the widest cut first and none below its ``least``; None if none do."""
    fitting = list(widths)
    while sum(fitting) > room:
        free = [column for column, width in enumerate(fitting) if width > least[column]]
        if not free:
            return None
        fitting[max(free, key=fitting.__getitem__)] -= 1
    return fitting


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines, those of a paragraph as one."""
    paragraph: list[str] = []
    for line in lines:
        if paragraph and (not line or line.startswith(" ")):
            yield " ".join(paragraph)
            paragraph = []
        if line and not line.startswith(" "):
            paragraph.append(line)
        else:
            yield line
    if paragraph:
        yield " ".join(paragraph)


def _hung(line: str, width: int) -> Iterator[str]:
    """Yield a line in as many as it takes, the further ones under the text of the first, or a little further in."""
    if width_of(line) <= width:
        yield line
        return
    head = _HEAD.match(line)
    if head and head.end() <= width // 2:
        first, *more = fold(line[head.end() :], max(1, width - head.end()))
        yield head[0] + first
        yield from (" " * head.end() + further for further in more)
        return
    blanks = " " * (len(line) - len(line.lstrip(" ")))
    inner = blanks + _FURTHER if blanks else ""
    parts = [head[0].strip(" "), line[head.end() :]] if head else [line.strip(" ")]
    lines = [further for part in parts for further in fold(part, max(1, width - len(inner)))]
    yield blanks + lines[0]
    yield from (inner + further for further in lines[1:])


def _cut(text: str, width: int) -> int:
    """Return how many characters go on a line of ``width`` columns: at least one."""
    end = max(1, columns_of(text, width))
    if text[end : end + 1] == " ":
        return end
    if (blank := text.rfind(" ", 0, end)) > 0:
        return blank
    behind = 1 + max(text.rfind(mark, 0, end) for mark in _BREAKS)
    return behind if 2 * behind >= end else end
