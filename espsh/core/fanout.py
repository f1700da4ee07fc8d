"""One command on several boards: a worker each, an outcome each, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from espsh.errors import EspshError, InterruptedByUserError, gravest

if TYPE_CHECKING:
    from espsh.board.board import Board

Ended = Literal["done", "failed", "interrupted", "not begun"]
_LONGEST_WAIT = 0.5  # seconds
_TOLD: tuple[Ended, ...] = ("done", "failed", "interrupted", "not begun")


class Outcome(NamedTuple):
    """How a board's part of a command ended: its exit code, and what was wrong."""

    board: str
    ended: Ended
    code: int = 0
    message: str = ""


class Limits(NamedTuple):
    """How many boards are worked on ``at_once`` (0: all), and whether the first failure is the last (``fail_fast``).

    A failure stops boards that are not begun. Those that are at work end it: half a flash is worse than none.
    """

    at_once: int = 0
    fail_fast: bool = False


def run_on_each(
    boards: Sequence[Board],
    body: Callable[[str], None],
    judge: Callable[[str, BaseException], Outcome],
    limits: Limits,
    ending: threading.Event,
) -> list[Outcome]:
    """Run ``body`` for every board and return the outcomes in the boards' order; ``judge`` tells of an error at once.

    Ctrl-C cancels all of them, and each board is left at its prompt. ``ending`` is set then; where somebody else sets
    it, no more boards are begun.
    """
    names = [board.name for board in boards]
    outcomes: dict[str, Outcome] = {}
    broken: list[BrokenPipeError] = []
    stopped = threading.Event()
    telling = threading.Lock()

    def work(name: str) -> None:
        if stopped.is_set() or ending.is_set():
            return
        try:
            body(name)
            outcomes[name] = Outcome(name, "done")
        except BrokenPipeError as error:
            broken.append(error)
            stopped.set()
        except BaseException as error:  # noqa: BLE001 - whatever happens on one board is that board's outcome
            if limits.fail_fast:
                stopped.set()
            with telling:
                outcomes[name] = judge(name, error)

    def cancel() -> None:
        ending.set()
        for board in boards:
            board.cancel()

    _work_through(names, work, limits.at_once or len(names), cancel)
    if broken:
        raise broken[0]
    code = InterruptedByUserError.exit_code if ending.is_set() else 0
    return [outcomes.get(name, Outcome(name, "not begun", code)) for name in names]


def _work_through(names: Sequence[str], work: Callable[[str], None], at_once: int, cancel: Callable[[], None]) -> None:
    """Have each name worked on, and wait for all; ``cancel`` is called for each Ctrl-C.

    Ctrl-C comes to the main thread, between any two of its steps: a pool filled there would lose count of its workers,
    and a thread whose join() it ends counts as ended (CPython 3.11). One that comes just as a wait begins does not end
    that wait, so no wait is long.
    """
    from concurrent.futures import ThreadPoolExecutor

    ended = threading.Event()

    def hand_out() -> None:
        try:
            with ThreadPoolExecutor(max_workers=min(at_once, len(names))) as workers:
                for name in names:
                    workers.submit(work, name)
        finally:
            ended.set()

    all_of_it = threading.Thread(target=hand_out, name="fan-out")
    while True:
        try:
            if all_of_it.ident is None:
                all_of_it.start()
            while not ended.wait(_LONGEST_WAIT):
                pass
            return
        except KeyboardInterrupt:
            cancel()


class PartlyFailedError(EspshError):
    """A part of a command failed on some of its boards, which was said where it happened."""

    def __init__(self, told: str, code: int) -> None:
        super().__init__(told)
        self.exit_code = code


def check_done(outcomes: Sequence[Outcome]) -> None:
    """Raise what the failures of some boards amount to: one line, and the gravest exit code."""
    if told := summary(outcomes):
        raise PartlyFailedError(told, gravest(outcome.code for outcome in outcomes))


def summary(outcomes: Sequence[Outcome]) -> str | None:
    """Return in one line how several boards ended, equal failures together, or None where all are done."""
    if all(outcome.ended == "done" for outcome in outcomes):
        return None
    by_end: dict[Ended, dict[str, list[str]]] = {}
    for outcome in outcomes:
        by_end.setdefault(outcome.ended, {}).setdefault(outcome.message, []).append(outcome.board)
    return ", ".join(_told(ended, by_end[ended]) for ended in _TOLD if ended in by_end)


def _told(ended: Ended, boards: Mapping[str, Sequence[str]]) -> str:
    """Return what is told of the boards that ended so; ``boards`` are their names by what was wrong with them."""
    count = sum(len(names) for names in boards.values())
    told = "; ".join(f"{','.join(names)}{': ' if message else ''}{message}" for message, names in boards.items())
    return f"{count} {ended}" if ended == "done" else f"{count} {ended}: {told}"
