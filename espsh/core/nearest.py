"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Sequence

_NEAR = 0.65
"""How alike two words are, as difflib counts, to be taken for each other: list and ls are, bogus and boards are not."""


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return a hint that names what ``word`` may have meant."""
    import difflib

    found = difflib.get_close_matches(word, known, n=1, cutoff=_NEAR)
    return f"did you mean '{found[0]}'?" if found else None
