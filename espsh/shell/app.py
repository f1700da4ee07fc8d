"""The prompt: lines asked for with completion, colours and history, and run one after another."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.shortcuts import CompleteStyle

from espsh.core.dispatch import Dispatcher
from espsh.core.session import Session
from espsh.shell.above import AbovePrompt
from espsh.shell.completer import LineCompleter
from espsh.shell.editing import EDITING
from espsh.shell.history import LineHistory
from espsh.shell.keys import Interlude, complete_now, shell_keys
from espsh.shell.leaving import Leaving
from espsh.shell.lexer import LineLexer
from espsh.shell.loading import load_behind
from espsh.shell.prompt import prompt_parts
from espsh.shell.refresh import Refresh
from espsh.shell.screen import Screen
from espsh.shell.style import shell_style
from espsh.shell.toolbar import toolbar_parts
from espsh.shell.typed import INTERRUPTED, run_typed

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples


_SWITCH = 0.0005
"""Seconds after which a thread makes room for another, where Python has 0.005: a key waits for each that is at work."""
_MENU, _BESIDES = 6, 2
"""Lines for the menu where there is room, and lines of the screen that it cannot have."""


def run_prompt(dispatcher: Dispatcher, screen: Screen) -> int:
    """Ask for lines and run them until Ctrl-D or ``exit``; return the last command's exit code."""
    session = dispatcher.session
    prompt = make_prompt(session, colour=screen.draw.colour)
    above = AbovePrompt(prompt.app)
    load_behind(session.registry, prompt.app)
    sys.setswitchinterval(_SWITCH)
    leaving = Leaving(session, screen.say)
    code, typed = 0, ""
    while True:
        try:
            prompt.editing_mode = EDITING[session.options.keys]
            screen.begin_line()
            with above.of(screen):
                line = prompt.prompt(default=typed)
            typed = ""
        except KeyboardInterrupt:
            typed, code = "", INTERRUPTED
            continue
        except EOFError:
            if leaving.agreed():
                break
            continue
        except Interlude as interlude:
            line, typed = interlude.line, interlude.typed
        if session.leaving:  # a signal came while the prompt went away
            break
        code = run_typed(dispatcher, screen, line, code)
        if not session.leaving:
            leaving.stay()
        elif leaving.agreed():
            break
    return code


def make_prompt(session: Session, *, colour: bool) -> PromptSession[str]:
    """Return the prompt with all its parts joined."""
    prompt: PromptSession[str] = PromptSession(
        message=lambda: _classes("prompt", prompt_parts(session)),
        completer=LineCompleter(session, lambda location: refresh.want(location, _completing_again(prompt.app))),
        complete_while_typing=False,
        complete_style=CompleteStyle.COLUMN,
        lexer=LineLexer(session.registry),
        history=LineHistory(session.world.folder("state") / "history"),
        auto_suggest=AutoSuggestFromHistory(),
        enable_history_search=True,
        enable_suspend=True,
        key_bindings=shell_keys(session),
        style=shell_style(),
        color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
        bottom_toolbar=lambda: _classes("toolbar", toolbar_parts(session, _columns(prompt.app))),
    )

    def make_room(app: Application[str]) -> None:
        # Asked for more than there is, prompt_toolkit shows "Window too small..." in place of the line.
        prompt.reserve_space_for_menu = max(0, min(_MENU, app.output.get_size().rows - _BESIDES))

    prompt.app.before_render += make_room
    refresh = Refresh(session)
    return prompt


def _completing_again(app: Application[str]) -> Callable[[], None]:
    """Return what completes the line as it is now once more, from another thread, unless it has changed by then."""
    loop, buffer, document = app.loop, app.current_buffer, app.current_buffer.document

    def complete() -> None:
        if buffer.document == document and not buffer.complete_state:
            complete_now(buffer)

    def soon() -> None:
        with contextlib.suppress(RuntimeError):  # the prompt has just ended
            if loop is not None:
                loop.call_soon_threadsafe(complete)

    return soon


def _classes(prefix: str, parts: list[tuple[str, str]]) -> StyleAndTextTuples:
    return [(f"class:{prefix}.{role}" if role else f"class:{prefix}", text) for role, text in parts]


def _columns(app: Application[str]) -> int:
    return app.output.get_size().columns - 1
