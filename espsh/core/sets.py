"""``attic,kitchen``, ``all``, ``esp*``: several boards by one expression."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from espsh.errors import NotFoundError, UsageError


def select(expression: str, names: Sequence[str]) -> list[str]:
    """Return the boards of ``names`` that ``expression`` names, each once, in the order of ``names``.

    A part that names no connected board is an error: a command for several boards must not quietly miss one.
    """
    if not names:
        raise UsageError("no board is connected", "connect one: connect PORT")
    chosen: set[str] = set()
    for part in expression.split(","):
        pattern = "*" if part == "all" else part
        found = {name for name in names if fnmatchcase(name, pattern)}
        if not found:
            raise NotFoundError(f"no board '{part}' is connected", f"connected: {', '.join(names)}")
        chosen |= found
    return [name for name in names if name in chosen]
