"""Answers to what a board asks the host, given in a thread of their own, whatever else goes over the line meanwhile."""

from __future__ import annotations

import contextlib
import enum
import queue
import threading
from collections.abc import Callable

from espsh.board.link import Link
from espsh.board.mount.questions import AGAIN, Question, Sieve
from espsh.errors import EspshError

_PATIENCE = 0.25
"""Seconds after which what looked like the beginning of a question is handed on: somebody else printed it."""


class _Sign(enum.Enum):
    DAMAGED, HELD, END = range(3)


class Respondent:
    """Takes the questions out of what ``link`` brings and sends the frames that ``answer`` returns.

    ``heard`` gets everything else first, in the reader's thread. A question that comes twice has one answer: it is
    repeated, nothing is done twice.
    """

    def __init__(self, link: Link, answer: Callable[[Question], bytes], heard: Callable[[bytes], None]) -> None:
        self.link = link
        self._answer = answer
        self._heard = heard
        self._sieve = Sieve()
        self._inbox: queue.SimpleQueue[Question | _Sign] = queue.SimpleQueue()
        self._last: tuple[Question, bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="espsh-respondent", daemon=True)
        self._thread.start()
        link.sift(self._take)

    def end(self) -> None:
        """Answer no more."""
        self.link.sift(None)
        self.link.let_go(self._sieve.rest)
        self._inbox.put(_Sign.END)
        self._thread.join()

    def _take(self, data: bytes) -> bytes:
        data = self._sieve.feed(data)
        self._heard(data)
        for question in self._sieve.questions:
            self._inbox.put(question)
        self._sieve.questions.clear()
        if self._sieve.damaged:
            self._inbox.put(_Sign.DAMAGED)
        if self._sieve.held:
            self._inbox.put(_Sign.HELD)
        self._sieve.damaged = False
        return data

    def _run(self) -> None:
        patience: float | None = None
        while True:
            try:
                item = self._inbox.get(timeout=patience)
            except queue.Empty:
                self.link.let_go(self._sieve.rest)
                patience = None
                continue
            patience = _PATIENCE if item is _Sign.HELD else None
            if item is _Sign.END:
                return
            if item is _Sign.DAMAGED:
                self._send(AGAIN)
            elif isinstance(item, Question):
                self._respond(item)

    def _respond(self, question: Question) -> None:
        if self._last is None or self._last[0] != question:
            self._last = question, self._answer(question)
        # Asked again while the answer was worked out: one is enough. Asked something else: that one was given up.
        waiting = []
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.append(self._inbox.get_nowait())
        others = [item for item in waiting if item != question]
        if not any(isinstance(item, Question) for item in others):
            self._send(self._last[1])
        for item in others:
            self._inbox.put(item)

    def _send(self, frame: bytes) -> None:
        with contextlib.suppress(EspshError):  # a port that is lost is told to whoever works with the board
            self.link.write(frame)
