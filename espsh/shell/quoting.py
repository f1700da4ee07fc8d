"""The inverse of the parser's words: a text to what must be typed for it."""

from __future__ import annotations

_QUOTED = frozenset("*?[]&")
"""What only a quote makes plain: a backslash before one of these stays a backslash."""
_SEPARATING = frozenset(";>")


def quoted(text: str, quote: str = "", *, open_end: bool = False) -> str:
    """Return what to type for the word ``text``; ``quote`` is the quote the user began with.

    ``open_end`` leaves it so that more can be typed: a directory's name, without a closing quote.
    """
    if not quote and not _needs_quoting(text):
        return text
    if not quote and _backslashes_do(text):
        return "".join(f"\\{char}" if char.isspace() or char in "'\"" else char for char in text)
    if not quote:
        quote = '"' if "'" in text and '"' not in text and not text.endswith("\\") else "'"
    escaped = text.replace('"', '\\"') if quote == '"' else text.replace("'", "'\"'\"'")
    if quote == '"' and text.endswith("\\") and not open_end:
        return f'"{escaped[:-1]}"\\'
    return quote + escaped + ("" if open_end else quote)


def _needs_quoting(text: str) -> bool:
    return (
        text == ""
        or text.startswith(("#", "@"))
        or any(char.isspace() or char in "'\"" or char in _QUOTED or char in _SEPARATING for char in text)
    )


def _backslashes_do(text: str) -> bool:
    return not text.startswith(("#", "@")) and "\\" not in text and not any(
        char in _QUOTED or char in _SEPARATING for char in text
    ) and text != ""  # fmt: skip
