"""Amounts in words."""

from __future__ import annotations


def human_size(size: int | None) -> str:
    """Return bytes for people: ``512 B``, ``41.2 kB`` (1 kB = 1000 B), ``?`` for None."""
    if size is None:
        return "?"
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"
