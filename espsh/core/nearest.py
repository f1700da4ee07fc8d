"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 3
"""How many words a hint names."""


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return a hint that names what ``word`` may have meant: the words that are fewest typos away.

    A typo is a letter too many, too few, wrong, or two that changed places. From three letters on a word may have one,
    from seven on two: ``ls`` is meant by ``lss``, ``touch`` is not meant by ``nosuch``.
    """
    allowed = min(2, (len(word) + 1) // 4)
    typos = {other: _typos(word.casefold(), other.casefold()) for other in known}
    fewest = min(typos.values(), default=allowed + 1)
    if fewest > allowed:
        return None
    *others, last = [f"'{other}'" for other, count in typos.items() if count == fewest][:_MOST]
    return f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?"


def _typos(word: str, meant: str) -> int:
    """Return the optimal string alignment distance of two words."""
    earlier: list[int] = []
    above = list(range(len(meant) + 1))
    for row, letter in enumerate(word, 1):
        counts = [row]
        for column, other in enumerate(meant, 1):
            count = min(above[column] + 1, counts[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and word[row - 2 : row] == other + meant[column - 2]:
                count = min(count, earlier[column - 2] + 1)
            counts.append(count)
        earlier, above = above, counts
    return above[-1]
