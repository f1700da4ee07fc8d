"""The inverse of the parser's words: a text to what must be typed for it."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"""[\s'"*?\[\]&;>]|^[#@]|\\\Z""")
"""What the parser would not take as it stands."""
_ONLY_QUOTED = frozenset("*?[]&;>\\")
"""What a backslash in front does not make plain."""


def quoted(text: str, quote: str = "", *, open_end: bool = False) -> str:
    """Return what to type for the word ``text``; ``quote`` is the quote the user began with.

    ``open_end`` leaves it so that more can be typed: a directory's name, without a closing quote.
    """
    if not quote and text and not _SPECIAL.search(text):
        return text
    hard = text == "" or text[0] in "#@" or not _ONLY_QUOTED.isdisjoint(text)
    if not quote and not hard:
        return "".join(f"\\{char}" if char.isspace() or char in "'\"" else char for char in text)
    if text.endswith("\\"):  # before a closing double quote it would be an escape
        quote = "'"
    quote = quote or ('"' if "'" in text and '"' not in text else "'")
    escaped = text.replace('"', '\\"') if quote == '"' else text.replace("'", "'\"'\"'")
    return quote + escaped + ("" if open_end else quote)
