"""Short programs that run on a board in names of their own, and what goes wrong there in one line."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, TypeVar

from espsh.api import Board, RemoteError

Value = TypeVar("Value")

_LACKING = re.compile(r"no module named '?([\w.]+)|can(?:'|no)t import name '?(\w+)")
_PLACE = re.compile(r" \([^()]+, line \d+\)\Z")


def call(code: str, *arguments: object) -> str:
    """Return the expression that runs ``code`` and calls its function ``answer``; it leaves no name behind."""
    given = ",".join(map(repr, arguments))
    return f"(lambda d:(exec({code!r},d),d['answer']({given}))[1])({{}})"


def ask(board: Board, code: str, *arguments: object, read: Callable[[Any], Value]) -> Value:
    """Call the function ``answer`` of ``code`` on the board; ``read`` makes a value of the literal it returns.

    Raises RemoteError with what the board raised, what its firmware lacks, or that its answer makes no sense.
    """
    try:
        said = board.evaluate(call(code, *arguments))
    except RemoteError as error:
        raise explained(error) from None
    try:
        return read(ast.literal_eval(said))
    except (ValueError, TypeError, SyntaxError, LookupError, AttributeError, RecursionError, MemoryError):
        raise RemoteError("the board's answer makes no sense", traceback=said[:500]) from None


def explained(error: RemoteError) -> RemoteError:
    """Say what a firmware lacks, and what our code refused, in one line without a place in that code."""
    if error.kind == "ImportError" and (lacking := _LACKING.search(error.message)):
        said = f"this firmware has no {lacking[1] or lacking[2]}"
    else:
        said = _PLACE.sub("", error.message)
        said = said.removeprefix("ValueError: ")
    return RemoteError(said, error.hint, kind=error.kind, errno=error.errno, traceback=error.traceback)
