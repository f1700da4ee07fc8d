"""The prompt that cells are typed at: several lines, in colours, completed from the board, mistakes underlined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.shortcuts import CompleteStyle
from pygments.lexers.python import PythonLexer

from espsh.shell.cells.names import BoardNames, NameCompleter
from espsh.shell.cells.source import INDENT, is_complete, mistake, next_indent
from espsh.shell.history import LineHistory
from espsh.shell.keys import complete_now
from espsh.shell.style import cell_style
from espsh.shell.toolbar import cell_parts

if TYPE_CHECKING:
    from espsh.board.board import Board

_MORE = "... "


def make_cell_prompt(board: Board, names: BoardNames, state: Path, *, colour: bool) -> PromptSession[str]:
    """Return the prompt for one board's cells. Its history is kept by the board's own number."""
    prompt: PromptSession[str] = PromptSession(
        message=lambda: [("class:prompt.board", board.name), ("", " >>> ")],
        prompt_continuation=lambda width, _, wrapped: ("" if wrapped else _MORE).rjust(width),
        multiline=True,
        completer=NameCompleter(names),
        complete_while_typing=False,
        complete_style=CompleteStyle.COLUMN,
        lexer=PygmentsLexer(PythonLexer),
        input_processors=[UnderlineMistake()],
        history=LineHistory(state / "cells" / (board.identity.unique_id or board.name)),
        auto_suggest=AutoSuggestFromHistory(),
        enable_history_search=True,
        enable_suspend=True,
        enable_open_in_editor=True,
        key_bindings=_keys(),
        style=cell_style(),
        include_default_pygments_style=False,
        color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
        bottom_toolbar=lambda: _bar(board, prompt.app.output.get_size().columns - 1),
        reserve_space_for_menu=6,
    )
    return prompt


def _bar(board: Board, width: int) -> StyleAndTextTuples:
    return [(f"class:toolbar.{role}" if role else "", text) for role, text in cell_parts(board, width)]


class UnderlineMistake(Processor):
    """Underlines a cell from its first mistake to the end of that line."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Underline what stands behind the mistake, where it is on this line."""
        found = mistake(transformation_input.document.text)
        fragments = transformation_input.fragments
        if found is None or found.line != transformation_input.lineno:
            return Transformation(fragments)
        letters = explode_text_fragments(fragments)
        wrong = min(found.column, max(0, len(letters) - 1))
        return Transformation(
            [*letters[:wrong], *((f"{style} class:mistake", text) for style, text, *_ in letters[wrong:])]
        )


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text) and not buffer.document.text_after_cursor.strip():
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n" + next_indent(buffer.document.current_line_before_cursor))

    @keys.add("escape", "enter")
    def run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("tab")
    def complete(event: KeyPressEvent) -> None:
        _by_line(event.current_buffer, complete_now, lambda buffer: buffer.insert_text(INDENT))

    @keys.add("backspace")
    def delete(event: KeyPressEvent) -> None:
        _by_line(event.current_buffer, lambda buffer: buffer.delete_before_cursor(), _outdent)

    return keys


def _by_line(buffer: Buffer, in_text: Callable[[Buffer], object], in_indent: Callable[[Buffer], object]) -> None:
    """Do one or the other: at the beginning of a line stand only blanks before the cursor."""
    (in_text if buffer.document.current_line_before_cursor.strip() else in_indent)(buffer)


def _outdent(buffer: Buffer) -> None:
    blanks = buffer.document.current_line_before_cursor
    buffer.delete_before_cursor(len(blanks) % len(INDENT) or len(INDENT) if blanks else 1)
