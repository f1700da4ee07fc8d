"""Cells asked for and run, one after another, until the person leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from espsh.errors import EspshError, InterruptedByUserError, RemoteError
from espsh.shell.above import AbovePrompt
from espsh.shell.cells.names import BoardNames
from espsh.shell.cells.prompt import make_cell_prompt
from espsh.shell.cells.source import showing

if TYPE_CHECKING:
    from prompt_toolkit.enums import EditingMode

    from espsh.board.board import Board
    from espsh.shell.screen import Screen

_LEAVE = frozenset({"exit", "quit", "exit()", "quit()"})


def run_cells(board: Board, output: Callable[[bytes], None], screen: Screen, keys: EditingMode) -> None:
    """Ask for cells and run them on ``board``, whose prints go to ``output``; Ctrl-D leaves, Ctrl-C interrupts."""
    names = BoardNames(board)
    board.meet()
    prompt = make_cell_prompt(board, names, screen.world.folder("state"), colour=screen.draw.colour)
    prompt.editing_mode = keys
    above = AbovePrompt(prompt.app)
    while True:
        try:
            with above.of(screen):
                cell = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if cell.strip() in _LEAVE:
            return
        if cell.strip():
            _run(board, cell, output, screen)
            names.ran(cell)
            screen.settle()


def _run(board: Board, cell: str, output: Callable[[bytes], None], screen: Screen) -> None:
    try:
        board.execute(showing(cell), output=output)
    except RemoteError as error:
        for line in (error.traceback or error.message).splitlines():
            screen.say(line, "bad")
        if error.hint:
            screen.say(f"hint: {error.hint}")
    except (KeyboardInterrupt, InterruptedByUserError):
        screen.say("interrupted", "bad")
    except EspshError as error:
        screen.say(f"{board.name}: {error.message}", "bad")
        if error.hint:
            screen.say(f"hint: {error.hint}")
