"""Python's own reader of literals and code, for several threads.

On Python 3.11 two that read at once, one of them held up by a finalizer, get a SystemError: "AST constructor recursion
depth mismatch" (https://github.com/python/cpython/issues/106905). So one reads after the other.
"""

from __future__ import annotations

import ast
import threading
from typing import Any, Literal

_READING = threading.Lock()


def literal_of(text: str) -> Any:
    """Return the value that ``text`` spells, as ``ast.literal_eval`` does, and raises."""
    with _READING:
        return ast.literal_eval(text)


def tree_of(code: str, mode: Literal["exec", "eval"] = "exec") -> Any:
    """Return the syntax tree of ``code``, as ``ast.parse`` does. Raises SyntaxError, ValueError."""
    with _READING:
        return ast.parse(code, mode=mode)
