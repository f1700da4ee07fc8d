"""Lines that match: what is looked for, and what was found. One meaning for the host and for boards.

A pattern is a regular expression of Python's. A board's ``re`` knows less of it (no counts in braces, no look-around):
files are brought here to look for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from espsh.errors import UsageError

LONGEST = 512
"""Bytes of a line that are looked at, on boards and here: one without an end must not fill a board's memory."""
_FOR_BOARDS = re.compile(r"(?:[^\\{}()\[\]|]|\\[dDsSwW]|\\[^\w]|\[\^?[^\\\]]+\]|\((?!\?)|\)|\|)*")
"""Regular expressions that mean the same to a board's ``re`` and to Python's."""
_LETTER = re.compile(r"\\.|.", re.DOTALL)


class Wanted(NamedTuple):
    """What is looked for: text, or a regular expression; letters of any case where ``any_case``."""

    text: str
    is_text: bool = False
    any_case: bool = False

    @property
    def for_boards(self) -> bool:
        """Whether a board can look for it."""
        return self.is_text or _FOR_BOARDS.fullmatch(self.text) is not None

    @property
    def folded(self) -> str:
        """The pattern for lines in lower case; ``\\S`` stays what it is."""
        if not self.any_case:
            return self.text
        if self.is_text:
            return self.text.lower()
        return _LETTER.sub(lambda letter: letter[0] if len(letter[0]) > 1 else letter[0].lower(), self.text)


class Found(NamedTuple):
    """A line that matches: ``number`` from 1, its first bytes; 0 for a binary file that has a match somewhere."""

    path: str
    number: int
    line: bytes


def matcher(wanted: Wanted) -> Callable[[bytes], bool]:
    """Return what says whether a line matches. Raises UsageError for what is no regular expression."""
    folded = wanted.folded.encode()
    try:
        pattern = re.compile(re.escape(folded) if wanted.is_text else folded)
    except re.error as error:
        raise UsageError(f"'{wanted.text}' is no regular expression: {error}", "-F takes it as plain text") from None
    if wanted.any_case:
        return lambda line: pattern.search(line.lower()) is not None
    return lambda line: pattern.search(line) is not None


def search(read: Callable[[str], Iterable[bytes]], paths: Iterable[str], wanted: Wanted) -> Iterator[Found]:
    """Yield the lines of files that match; of a binary one at most one, without its bytes."""
    matches = matcher(wanted)
    for path in paths:
        for number, line in enumerate(_lines(read(path)), 1):
            if matches(line):
                yield found_in(path, number, line)
                if b"\0" in line:
                    break


def found_in(path: str, number: int, line: bytes) -> Found:
    """Return what is told of a line: of a binary file not its bytes."""
    return Found(path, 0, b"") if b"\0" in line else Found(path, number, line)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line[:LONGEST].removesuffix(b"\r")
        rest = rest[:LONGEST]
    if rest:
        yield rest
