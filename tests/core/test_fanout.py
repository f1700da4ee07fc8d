"""A worker for each board, an outcome for each."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import pytest

from espsh.core.fanout import Limits, Outcome, run_on_each, summary

if TYPE_CHECKING:
    from espsh.board.board import Board


class Fake:
    """A board that has only a name and can be cancelled."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()


def judge(name: str, error: BaseException) -> Outcome:
    return Outcome(name, "interrupted" if isinstance(error, InterruptedError) else "failed", 1, str(error))


def run(names: str, body: Callable[[str], None], limits: Limits = Limits()) -> list[Outcome]:  # noqa: B008 - a value
    boards = cast("list[Board]", [Fake(name) for name in names.split()])
    return run_on_each(boards, body, judge, limits, threading.Event())


def test_all_are_worked_on_at_once_and_told_of_in_order() -> None:
    together = threading.Barrier(4)
    assert [o.board for o in run("d c b a", lambda _: cast("None", together.wait(10)))] == ["d", "c", "b", "a"]


def test_no_more_than_asked_for_are_worked_on_at_once() -> None:
    working, most = set[str](), list[int]()
    lock, pair = threading.Lock(), threading.Barrier(2)

    def body(name: str) -> None:
        with lock:
            working.add(name)
            most.append(len(working))
        pair.wait(10)
        with lock:
            working.remove(name)

    assert [o.ended for o in run("a b c d e f", body, Limits(at_once=2))] == ["done"] * 6
    assert max(most) == 2


def fail_on(bad: str) -> Callable[[str], None]:
    def body(name: str) -> None:
        if name in bad:
            raise ValueError("no good")

    return body


def test_the_failure_of_one_is_its_own() -> None:
    assert run("a b c", fail_on("b")) == [
        Outcome("a", "done"),
        Outcome("b", "failed", 1, "no good"),
        Outcome("c", "done"),
    ]


def test_after_a_failure_no_more_are_begun_where_that_is_asked_for() -> None:
    ended = [o.ended for o in run("a b c d", fail_on("b"), Limits(at_once=1, fail_fast=True))]
    assert ended == ["done", "failed", "not begun", "not begun"]
    assert [o.ended for o in run("a b c", fail_on("b"), Limits(at_once=1))] == ["done", "failed", "done"]


def test_ctrl_c_cancels_those_at_work_and_begins_no_more() -> None:
    first, second = Fake("a"), Fake("b")

    def body(_name: str) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert first.cancelled.wait(10)

    outcomes = run_on_each(cast("list[Board]", [first, second]), body, judge, Limits(at_once=1), threading.Event())
    assert outcomes == [Outcome("a", "done"), Outcome("b", "not begun", 130)]


def test_a_reader_that_went_away_ends_all() -> None:
    def body(_name: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run("a b", body)


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ([Outcome("a", "done"), Outcome("b", "done")], None),
        ([Outcome("a", "done"), Outcome("b", "failed", 4, "gone")], "1 done, 1 failed: b: gone"),
        ([Outcome(n, "failed", 1, m) for n, m in ("ax", "by", "cx")], "3 failed: a,c: x; b: y"),
        (
            [
                Outcome("a", "interrupted", 130),
                Outcome("b", "done"),
                Outcome("c", "not begun"),
                Outcome("d", "not begun"),
            ],
            "1 done, 1 interrupted: a, 2 not begun: c,d",
        ),
    ],
)
def test_the_summary(outcomes: list[Outcome], told: str | None) -> None:
    assert summary(outcomes) == told
