"""The shell's colours, in one table. The names of the sixteen colours follow the terminal's own palette."""

from __future__ import annotations

from prompt_toolkit.styles import BaseStyle, Style

from espsh.shell.code import KINDS

_RULES = {
    "prompt.place": "ansigreen",
    "prompt.board": "ansicyan bold",
    "line.command": "bold",
    "line.unknown": "ansired",
    "line.option": "ansiyellow",
    "line.string": "ansigreen",
    "line.path": "",
    "line.place": "ansicyan",
    "line.boards": "ansicyan bold",
    "line.operator": "ansimagenta bold",
    "line.comment": "ansibrightblack italic",
    "line.rest": "ansibrightblue",
    "auto-suggestion": "ansibrightblack italic",
    "bottom-toolbar": "noreverse ansibrightblack",
    "toolbar.board": "ansicyan bold",
    "toolbar.bad": "ansired bold",
    "toolbar.busy": "ansiyellow",
    "completion-menu.completion": "bg:ansibrightblack ansiwhite",
    "completion-menu.completion.current": "bg:ansicyan ansiblack",
    "completion-menu.meta.completion": "bg:ansibrightblack ansiwhite",
    "completion-menu.meta.completion.current": "bg:ansicyan ansiblack",
}


_CELL_RULES = {"mistake": "underline ansired", **{f"pygments.{kind}": style for kind, style in KINDS.items()}}


def cell_style() -> BaseStyle:
    """Return the style of a cell of Python and its prompt."""
    return Style.from_dict({**_RULES, **_CELL_RULES})


def shell_style() -> BaseStyle:
    """Return the style of the prompt, the line, the menu and the bar."""
    return Style.from_dict(_RULES)
