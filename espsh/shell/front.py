"""Which front end a person gets: the prompt with all its comforts, or plain lines where the terminal cannot do more."""

from __future__ import annotations

from espsh import __version__
from espsh.core.dispatch import Dispatcher
from espsh.shell.plain import run_plain
from espsh.shell.screen import Screen


def run_interactive(dispatcher: Dispatcher, screen: Screen) -> int:
    """Ask for lines until the user leaves; return the last command's exit code."""
    session = dispatcher.session
    session.registry.more()  # plugins are looked up now, not at the first key
    session.list_ports()  # looks behind, so that completion knows
    if not session.options.quiet:
        screen.say(banner(len(session.boards)))
    world = session.world
    if not world.interactive or world.env.get("TERM") in ("dumb", "unknown"):
        return run_plain(dispatcher, screen)
    try:
        from espsh.shell.app import run_prompt
        from espsh.shell.hotplug import announced

        with announced(session):
            return run_prompt(dispatcher, screen)
    except Exception as error:
        if type(error).__name__ != "NoConsoleScreenBufferError":
            raise
        # git-bash and mintty on Windows: a terminal, but no Windows console (prompt-toolkit#406)
        screen.say("this terminal is no Windows console, so plain lines it is")
        screen.say("hint: winpty espsh, or a Windows terminal, gives completion and history")
        return run_plain(dispatcher, screen)


def banner(boards: int) -> str:
    """Return the line a session begins with."""
    count = {0: "no board yet: connect PORT", 1: "1 board"}.get(boards, f"{boards} boards")
    return f"espsh {__version__} · {count} · help for commands, Ctrl-D to leave"
