"""Keys of our own, beside those of every readline-like prompt."""

from __future__ import annotations

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from espsh.core.session import Session


class Interlude(Exception):  # noqa: N818 - no failure: the prompt is left to run a command, and comes back
    """Leaves the prompt to run ``line``; what was typed so far comes back after it."""

    def __init__(self, line: str, typed: str) -> None:
        super().__init__(line)
        self.line = line
        self.typed = typed


def shell_keys(session: Session) -> KeyBindings:
    """F2: the next board becomes the current one. F4: the current board's REPL."""
    keys = KeyBindings()

    @keys.add("f2")
    def next_board(event: KeyPressEvent) -> None:
        names = list(session.boards)
        if names:
            here = names.index(session.current) if session.current in names else -1
            session.current = names[(here + 1) % len(names)]
            event.app.invalidate()

    @keys.add("f4", filter=Condition(lambda: session.current is not None))
    def open_repl(event: KeyPressEvent) -> None:
        event.app.exit(exception=Interlude("repl", event.app.current_buffer.text))

    return keys
