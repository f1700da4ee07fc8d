"""Passwords: from a file, a variable of the environment, or a person; never a word of a line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from espsh.api import Context, UsageError


class Secret(NamedTuple):
    """A password that is wanted: the variable and the file that may hold it, and the question for a person.

    One that is ``new`` is asked for twice.
    """

    variable: str
    file: str | None
    question: str
    new: bool = False


def password(ctx: Context, secret: Secret) -> str:
    """Return the password; raise UsageError where there is no file, no variable and nobody to ask."""
    if secret.file is not None:
        return _first_line(secret.file)
    given = ctx.session.world.env.get(secret.variable)
    if given is not None:
        return given
    hint = f"--password-file FILE, or the variable {secret.variable}"
    if ctx.scope.fanned:
        raise UsageError("several boards at once are not asked for a password", hint)
    try:
        answer = ctx.terminal.secret(secret.question)
        again = ctx.terminal.secret("the same again") if secret.new else answer
    except UsageError as error:
        raise UsageError(error.message, hint) from None
    if again != answer:
        raise UsageError("the two are not the same")
    return answer


@contextlib.contextmanager
def untraced(ctx: Context) -> Iterator[None]:
    """Leave what goes over the line meanwhile out of the trace (--trace)."""
    ctx.board.meet()  # that may bring another link, and is to be traced
    with ctx.board.link.untraced():
        yield


def _first_line(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            line = file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise UsageError(f"the password's file {path} cannot be read: {why}") from None
    if not line:
        raise UsageError(f"the first line of the password's file {path} is empty")
    return line
