"""Several ports connected at once: who is behind them is asked of all together, names are given in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from espsh.core.fanout import Limits, Outcome, run_on_each
from espsh.core.session import Session
from espsh.errors import EspshError, InterruptedByUserError

if TYPE_CHECKING:
    from espsh.board.board import Board


class Attempt(NamedTuple):
    """What became of a port: its board, or why there is none."""

    url: str
    board: Board | None
    error: EspshError | None = None


def connect_each(
    session: Session, ports: Sequence[tuple[str, str | None]], keep: Callable[[Board], bool] = lambda board: False
) -> list[Attempt]:
    """Connect ``ports``, each a URL and a name for its board, if any; return what became of each, in their order.

    ``keep`` tells whether a board that does not answer stays connected by its port. Ctrl-C disconnects all of them and
    raises InterruptedByUserError.
    """
    opened = [_open(session, url, name) for url, name in ports]
    boards = [attempt.board for attempt in opened if attempt.board is not None]
    errors = iter(meet_each(boards, session.options.jobs))
    met = [attempt if attempt.board is None else attempt._replace(error=next(errors)) for attempt in opened]
    stopped = any(isinstance(attempt.error, InterruptedByUserError) for attempt in met)
    for attempt in met:
        if attempt.board is not None and (stopped or (attempt.error and not keep(attempt.board))):
            session.disconnect(attempt.board.name)
    if stopped:
        raise InterruptedByUserError
    return met


def meet_each(boards: Sequence[Board], at_once: int = 0) -> list[EspshError | None]:
    """Meet boards, ``at_once`` of them (0: all) at a time; return for each what went wrong."""
    if len(boards) < 2:
        return [_met(board) for board in boards]
    places = {board.name: place for place, board in enumerate(boards)}
    over = [threading.Event() for _ in boards]
    errors: list[EspshError | None] = [InterruptedByUserError() for _ in boards]

    bugs: list[BaseException] = []

    def meet(name: str) -> None:
        place = places[name]
        # Who answers first must not get the first number: a script's boards are called the same each time.
        boards[place].on_learned(lambda: over[place - 1].wait() if place else True)
        try:
            errors[place] = _met(boards[place])
        finally:
            over[place].set()

    def judge(name: str, error: BaseException) -> Outcome:
        bugs.append(error)
        return Outcome(name, "failed", 1)

    run_on_each(boards, meet, judge, Limits(at_once), threading.Event())
    if bugs:
        raise bugs[0]
    return errors


def _met(board: Board) -> EspshError | None:
    try:
        board.meet()
    except EspshError as error:
        return error
    return None


def _open(session: Session, url: str, name: str | None) -> Attempt:
    try:
        return Attempt(url, session.open(url, name))
    except EspshError as error:
        return Attempt(url, None, error)
