"""What plugins are told of: each hook is an event, and its parameters are the event's fields.

Only a plugin that has a hook loads this, since pluggy takes 20 ms to import.
"""

from __future__ import annotations

import pluggy

from espsh.base.events import BoardConnected, BoardLost, Event, Flashed, TransferBegins

PROJECT = "espsh"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

NAMES: dict[type[Event], str] = {
    BoardConnected: "board_connected",
    BoardLost: "board_lost",
    TransferBegins: "before_transfer",
    Flashed: "after_flash",
}
"""The hook of each event that has one."""


class Hooks:
    """The hooks. Each runs in the thread of the work that it is about, which goes on when it returns."""

    @hookspec
    def board_connected(self, board: str) -> None:
        """Hear that ``board`` answers, under this name."""

    @hookspec
    def board_lost(self, board: str, reason: str) -> None:
        """Hear that the port of ``board`` went away."""

    @hookspec
    def before_transfer(self, board: str, paths: tuple[str, ...], size: int | None) -> None:
        """Hear that files are about to be written to ``board``; ``size`` is the bytes of all, if that is known."""

    @hookspec
    def after_flash(self, board: str, outcome: str) -> None:
        """Hear that firmware was written to ``board`` and verified: ``FLASHED · VERIFIED · BOOTED (…)``."""


def manager() -> pluggy.PluginManager:
    """Return pluggy's manager of our hooks."""
    made = pluggy.PluginManager(PROJECT)
    made.add_hookspecs(Hooks)
    return made
