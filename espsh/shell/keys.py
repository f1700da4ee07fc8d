"""Keys of our own, beside those of every readline-like prompt."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from espsh.core.session import Session

_INTERLUDES = {"f3": "py", "f4": "repl"}


class Interlude(Exception):  # noqa: N818 - no failure: the prompt is left to run a command, and comes back
    """Leaves the prompt to run ``line``; what was typed so far comes back after it."""

    def __init__(self, line: str, typed: str) -> None:
        super().__init__(line)
        self.line = line
        self.typed = typed


def shell_keys(session: Session) -> KeyBindings:
    """TAB completes. F2: the next board becomes the current one. F3: Python cells for it. F4: its REPL."""
    keys = KeyBindings()

    @keys.add("tab")
    def complete(event: KeyPressEvent) -> None:
        complete_now(event.current_buffer)

    @keys.add("f2")
    def next_board(event: KeyPressEvent) -> None:
        names = list(session.boards)
        if names:
            here = names.index(session.current) if session.current in names else -1
            session.current = names[(here + 1) % len(names)]
            event.app.invalidate()

    def leads_to(line: str) -> Callable[[KeyPressEvent], None]:
        return lambda event: event.app.exit(exception=Interlude(line, event.app.current_buffer.text))

    for key, line in _INTERLUDES.items():
        keys.add(key, filter=Condition(lambda: session.current is not None))(leads_to(line))

    return keys


def complete_now(buffer: Buffer) -> None:
    """Complete as far as there is one way; else show the ways in a menu, and go through it.

    prompt_toolkit completes in a task of its own, which the next key cancels: what is typed ahead after TAB would
    land in an uncompleted word. Ours reads memory only, so it is done before the next key, and once: of 1,000 names
    the menu would ask for all again.
    """
    if buffer.complete_state:
        buffer.complete_next()
        return
    found = list(buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
    common = get_common_complete_suffix(buffer.document, found)
    if len(found) == 1:
        buffer.apply_completion(found[0])
    elif common:
        buffer.insert_text(common)
    elif found:
        buffer.complete_state = CompletionState(buffer.document, found)
        buffer.on_completions_changed.fire()
