"""The shell where the terminal can do no more than lines: ``TERM=dumb``, an editor's shell window, no console."""

from __future__ import annotations

from espsh.core.dispatch import Dispatcher
from espsh.shell.leaving import Leaving
from espsh.shell.prompt import prompt_text
from espsh.shell.screen import Screen
from espsh.shell.typed import run_typed


def run_plain(dispatcher: Dispatcher, screen: Screen) -> int:
    """Read lines and run them until the end of input or ``exit``; return the last command's exit code."""
    session = dispatcher.session
    leaving = Leaving(session, screen.say)
    code = 0
    while True:
        try:
            screen.prompt(prompt_text(session))
            line = session.world.stdin.readline()
        except KeyboardInterrupt:
            screen.say("")
            continue
        if not line:
            screen.say("")
            if leaving.agreed():
                break
            continue
        code = run_typed(dispatcher, screen, line, code)
        if not session.leaving:
            leaving.stay()
        elif leaving.agreed():
            break
    return code
