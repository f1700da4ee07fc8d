"""What a person typed or pasted, run line by line; Ctrl-C ends the command, never the shell."""

from __future__ import annotations

from espsh.core.aliases import expand
from espsh.core.dispatch import Dispatcher
from espsh.shell.screen import Screen

INTERRUPTED = 130


def run_typed(dispatcher: Dispatcher, screen: Screen, text: str, code: int = 0) -> int:
    """Run what was typed or pasted, line by line up to a failure or ``exit``; return the last exit code.

    Return ``code`` where there is nothing to run.
    """
    session = dispatcher.session
    registry = session.registry
    for line in text.splitlines():
        if line.strip():
            try:
                code = dispatcher.run_line(expand(line, registry.aliases, registry.typed_rest_rule))
            except KeyboardInterrupt:  # between two commands, where dispatch does not see it
                screen.say("interrupted")
                code = INTERRUPTED
            screen.settle()
            if session.leaving or (code and not session.options.keep_going):
                break
    return code
