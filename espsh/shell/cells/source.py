"""A cell's text: whether it is complete, what is wrong in it, what running it shows. Pure; the host's grammar judges.

MicroPython's grammar is a part of CPython's, so what the host cannot parse the board cannot either. What it says of it
is the board's business: nothing is refused here.
"""

from __future__ import annotations

import ast
import codeop
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from espsh.base.literals import tree_of

INDENT = "    "
_ENDS = re.compile(r"\s*(return|pass|break|continue|raise)\b")

_BLOCKS = (
    ast.If, ast.For, ast.While, ast.With, ast.Try, ast.FunctionDef, ast.ClassDef,
    ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef, ast.Match,
)  # fmt: skip


class Mistake(NamedTuple):
    """A place in a cell that is no Python: ``line`` and ``column`` from 0."""

    line: int
    column: int
    said: str


def is_complete(text: str) -> bool:
    """Whether Enter at the end of ``text`` runs it: it cannot go on, or a blank line ended its last block."""
    lines = text.split("\n")
    if len(lines) > 1 and lines[-1].strip() and isinstance(_last(text), _BLOCKS):
        return False
    try:
        return _compiled(text.rstrip(" \t")) is not None
    except (SyntaxError, ValueError, OverflowError):
        return True


def mistake(text: str) -> Mistake | None:
    """Return the first place that no further typing can mend; None for what is right or not finished yet."""
    try:
        _compiled(text)
    except (SyntaxError, ValueError, OverflowError):
        return _place_of_mistake(text)
    return None


def next_indent(line: str) -> str:
    """Return the blanks that the line after ``line`` begins with."""
    blanks = line[: len(line) - len(line.lstrip())]
    if line.rstrip().endswith(":"):
        return blanks + INDENT
    return blanks.removesuffix(INDENT) if _ENDS.match(line) else blanks


def showing(text: str) -> str:
    """Return ``text`` such that its last line's value is printed, as a prompt does; line numbers stay.

    A value that is not None is kept as ``_``.
    """
    text = text.rstrip()
    last = _last(text)
    if not isinstance(last, ast.Expr):
        return text
    lines = text.encode().split(b"\n")  # the positions count bytes
    start, end = last.lineno - 1, (last.end_lineno or last.lineno) - 1
    lines[end] = lines[end][: last.end_col_offset] + b")" + lines[end][last.end_col_offset or 0 :]
    lines[start] = lines[start][: last.col_offset] + b"_espsh_v=(" + lines[start][last.col_offset :]
    return b"\n".join([*lines, b"if _espsh_v is not None:_=_espsh_v;print(repr(_))"]).decode()


def signatures(text: str) -> Iterator[tuple[str, str]]:
    """Yield the functions and classes that a cell defines, with what they take: ``("f", "(a, b=1)")``."""
    for node in _statements(text):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, f"({ast.unparse(node.args)})"
        elif isinstance(node, ast.ClassDef):
            makers = (part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__")
            taken = next((ast.unparse(maker.args) for maker in makers), "self")
            yield node.name, f"({taken.partition(', ')[2]})"


def _compiled(text: str) -> object:
    with _no_warnings():
        return codeop.compile_command(text, symbol="exec" if "\n" in text else "single")


def _parsed(text: str) -> list[ast.stmt]:
    with _no_warnings():
        body: list[ast.stmt] = tree_of(text).body
        return body


def _no_warnings() -> warnings.catch_warnings[None]:
    """Say nothing of ``"\\d"``: that is the board's to judge."""
    return warnings.catch_warnings(action="ignore")


def _place_of_mistake(text: str) -> Mistake | None:
    try:
        _parsed(text)
    except SyntaxError as error:
        return Mistake((error.lineno or 1) - 1, max(0, (error.offset or 1) - 1), error.msg)
    except ValueError as error:
        return Mistake(0, 0, str(error))
    return None


def _statements(text: str) -> list[ast.stmt]:
    try:
        return _parsed(text)
    except (SyntaxError, ValueError):
        return []


def _last(text: str) -> ast.stmt | None:
    statements = _statements(text)
    return statements[-1] if statements else None
