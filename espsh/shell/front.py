"""Which front end a person gets: the prompt with all its comforts, or plain lines where the terminal cannot do more."""

from __future__ import annotations

from espsh.core.dispatch import Dispatcher
from espsh.shell.plain import run_plain
from espsh.shell.screen import Screen


def run_interactive(dispatcher: Dispatcher, screen: Screen) -> int:
    """Ask for lines until the user leaves; return the exit code."""
    return run_plain(dispatcher, screen)
