"""How much room text takes on a screen, and cutting it to a width. Pure."""

from __future__ import annotations

import unicodedata


def width_of(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def columns_of(text: str, width: int) -> int:
    """Return how many characters of ``text`` fit into ``width`` columns."""
    used = 0
    for taken, char in enumerate(text):
        used += _columns(char)
        if used > width:
            return taken
    return len(text)


def clip(text: str, width: int) -> str:
    """Return ``text`` cut to ``width`` columns, with ``…`` where something was cut."""
    return text if width_of(text) <= width else text[: columns_of(text, width - 1)] + "…"


def clip_start(text: str, width: int) -> str:
    """Return ``text`` cut to ``width`` columns, with ``…`` in place of its beginning: a path's end tells the most."""
    return clip(text[::-1], width)[::-1]


def pad(text: str, width: int) -> str:
    """Return ``text`` filled with blanks to ``width`` columns."""
    return text + " " * (width - width_of(text))
