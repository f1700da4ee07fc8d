"""Errors that nobody expected, in one line for the user and with a traceback in the log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from espsh.errors import EspshError, InterruptedByUserError


def in_our_words(error: BaseException, log: Path, of_plugin: Callable[[BaseException], str]) -> EspshError:
    """Return ``error`` as one of ours. What is none is a bug: its traceback is added to ``log``.

    ``of_plugin`` says in words which plugin it is a bug of, and "" where it is ours.
    """
    if isinstance(error, EspshError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return InterruptedByUserError()
    if isinstance(error, UnicodeEncodeError) and error.encoding == sys.getfilesystemencoding() != "utf-8":
        hint = "have names of files in UTF-8: LC_ALL=C.UTF-8, or PYTHONUTF8=1"
        return EspshError(f"'{error.object}' has letters that this system's encoding, {error.encoding}, has not", hint)
    import traceback

    text = "".join(traceback.format_exception(error))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(text)
        hint = f"the details are in {log}; please report them"
    except OSError:
        hint = "--debug shows the details; please report them"
    where = of_plugin(error) or f"espsh: {type(error).__name__}: {error}"
    return EspshError(f"this is a bug in {where}", hint, detail=text)
