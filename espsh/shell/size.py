"""How large the user's screen is."""

from __future__ import annotations

import os

from espsh.base.world import World


def size_of(world: World) -> os.terminal_size:
    """Return the screen's columns and lines: as ``COLUMNS`` and ``LINES`` say, as the terminal says, 80 and 24."""
    known = _asked(world)
    return os.terminal_size(
        (_named(world, "COLUMNS") or known.columns or 80, _named(world, "LINES") or known.lines or 24)
    )


def _asked(world: World) -> os.terminal_size:
    for stream in (world.stdout, world.stderr):
        try:
            return os.get_terminal_size(stream.fileno())
        except (OSError, ValueError):
            continue
    return os.terminal_size((0, 0))


def _named(world: World, variable: str) -> int:
    value = world.env.get(variable, "")
    return int(value) if value.isdecimal() else 0
