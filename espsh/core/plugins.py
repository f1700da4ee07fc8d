"""Where commands come from: our own modules, and whoever declares the entry point ``espsh.plugins``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

BUILTIN = tuple(
    f"espsh.commands.{name}"
    for name in (
        "boards",
        "clock",
        "compile",
        "copy",
        "edit",
        "execute",
        "files",
        "host",
        "listing",
        "memory",
        "navigate",
        "settings",
    )
)
GROUP = "espsh.plugins"


def entry_points() -> Iterator[tuple[str, Callable[[], ModuleType]]]:
    """Yield the installed plugins: name and how to import each."""
    from importlib import metadata

    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        yield point.name, point.load
