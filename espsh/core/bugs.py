"""Errors that nobody expected, in one line for the user and with a traceback in the log."""

from __future__ import annotations

from pathlib import Path

from espsh.errors import EspshError, InterruptedByUserError


def in_our_words(error: BaseException, log: Path) -> EspshError:
    """Return ``error`` as one of ours. What is none is a bug: its traceback is added to ``log``."""
    if isinstance(error, EspshError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return InterruptedByUserError()
    import traceback

    text = "".join(traceback.format_exception(error))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(text)
        hint = f"the details are in {log}; please report them"
    except OSError:
        hint = "--debug shows the details; please report them"
    return EspshError(f"this is a bug in espsh: {type(error).__name__}: {error}", hint, detail=text)
