"""The question before a command that destroys something on several boards: asked once, for all of them.

What a command destroys is its own declaration (see :class:`~espsh.core.command.Command`); nothing here knows commands.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from espsh.core.command import Command
from espsh.core.output import Table
from espsh.core.session import Session
from espsh.core.sets import Part, names_each, spelled
from espsh.errors import ConnectError, EspshError, UsageError

Consent = Literal["to ask", "given", "nobody to ask"]
"""Whether a command's body may ask: it may, it need not, or it runs for several boards and there is one keyboard."""

_COLUMNS = ("name", "chip", "port", "id")


def consent_of(
    command: Command,
    options: Mapping[str, Any],
    parts: Sequence[Part],
    names: Sequence[str],
    session: Session,
    show: Callable[[Table], None],
) -> Consent:
    """Return whether the boards ``names`` of the set ``parts`` may be changed; ``options`` are the line's, bound.

    At a terminal several boards are shown and asked for, once. A script is not asked: it names each board, or says
    -y, which a job has to. That is judged by the line and not by how many boards there are, so that a script fails at
    once or never. Raises UsageError for such a script, EspshError for a no.
    """
    several = len(names) > 1
    what = command.destroys(options) if command.destroys else None
    if what is None:
        return "nobody to ask" if several else "to ask"
    if options[command.spellings["-y"].name]:
        return "given"
    if session.terminal.interactive:
        if several:
            _ask(what, names, session, show)
    elif session.job is not None or not names_each(parts, session.groups.all()):
        boards = f"{len(names)} board{'s' if several else ''}"
        hint = "-y says yes" if session.job else f"in a script name each one: @{','.join(names)}; or -y says yes"
        raise UsageError(f"nobody is here to answer: {what} on @{spelled(parts)} ({boards})?", hint)
    return "given" if several else "to ask"


def _ask(what: str, names: Sequence[str], session: Session, show: Callable[[Table], None]) -> None:
    boards = [session.board(name) for name in names]
    for board in boards:
        if board.state == "open":  # its port is all that the command needs; one that does not answer stays unknown
            with contextlib.suppress(ConnectError):
                board.meet()
    facts = [(board.name, board.identity.chip, board.url, board.identity.unique_id) for board in boards]
    show(Table(_COLUMNS, [[fact or "?" for fact in row] for row in facts]))
    if not session.terminal.confirm(f"{what} on these {len(names)} boards?"):
        raise EspshError("nothing was done")
