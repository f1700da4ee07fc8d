"""Commands that run while the prompt lives: their numbers, the boards that they hold, and how they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from espsh.base.deadline import Deadline
from espsh.base.events import Event, Progress
from espsh.base.passwords import without_password
from espsh.errors import BoardBusyError, NotFoundError, gravest

if TYPE_CHECKING:
    from espsh.board.board import Board

KEPT = 20
"""Jobs that have ended and that nobody has asked about."""

State = Literal["running", "done", "failed", "ended"]


class Job:
    """A command at work in a thread of its own. ``boards`` are its alone until it is over.

    ``ending`` is set when it is to end; ``endless`` tells that it goes on until then, for all we know. ``code`` is
    its exit code, None while it runs; ``lines`` counts what it said, ``progress`` is the last news of a transfer.
    """

    def __init__(self, number: int, text: str, boards: Iterable[Board], *, endless: bool) -> None:
        self.number = number
        self.text = without_password(text)
        self.boards = list(boards)
        self.endless = endless
        self.ending = threading.Event()
        self.since = datetime.now().astimezone()
        self.code: int | None = None
        self.lines = 0
        self.progress: Progress | None = None
        self._began = time.monotonic()
        self._took = 0.0
        self._over = threading.Event()
        self._flush: Callable[[], None] = lambda: None

    @property
    def state(self) -> State:
        """Whether it runs, and how it ended; ``ended`` is what was told to."""
        if self.code is None:
            return "running"
        if self.ending.is_set():
            return "ended"
        return "failed" if self.code else "done"

    @property
    def board_names(self) -> list[str]:
        """What the boards that it holds are called now."""
        return [board.name for board in self.boards]

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self._began if self.code is None else self._took

    def start(self, body: Callable[[], int], tell: Callable[[], None], flush: Callable[[], None]) -> None:
        """Run ``body`` in a thread and then ``tell``; ``flush`` waits until what the job said is on the screen."""
        self._flush = flush

        def work() -> None:
            code = 1
            try:
                code = body()
            finally:
                self._took = self.seconds
                self.code = code
                try:
                    tell()
                finally:
                    self._over.set()

        threading.Thread(target=work, name=f"job-{self.number}", daemon=True).start()

    def cancel(self) -> None:
        """Have it end as by Ctrl-C, from any thread; each board is left at its prompt."""
        self.ending.set()
        for board in list(self.boards):
            board.cancel()

    def join(self, seconds: float | None = None) -> bool:
        """Wait until it is over, at most ``seconds``; return whether it is."""
        return self._over.wait(seconds)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over and what it said is shown, at most ``seconds``; return whether it is."""
        over = self.join(seconds)
        if over:
            self._flush()
        return over


class Jobs:
    """The jobs of a session by number. A board is held by one of them at most."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._codes: set[int] = set()
        self._lock = threading.RLock()

    @property
    def all(self) -> list[Job]:
        """The jobs that run, and those that have ended and were not forgotten."""
        return list(self._jobs.values())

    @property
    def running(self) -> list[Job]:
        """The jobs that run."""
        return [job for job in self.all if job.code is None]

    @property
    def code(self) -> int:
        """What the jobs that are over come to as one exit code; those that were told to end do not count."""
        return gravest({*self._codes, *(_counted(job) for job in self.all)})

    def add(self, text: str, boards: Iterable[Board], *, endless: bool) -> Job:
        """Return a new job that holds ``boards``. Raises BoardBusyError where another one holds one of them."""
        with self._lock:
            for number in [job.number for job in self.all if job.code is not None][:-KEPT]:
                self.forget(self._jobs[number])
            job = Job(max(self._jobs, default=0) + 1, text, (), endless=endless)
            for board in boards:
                self.claim(board, job)
            self._jobs[job.number] = job
            return job

    def forget(self, job: Job) -> None:
        """Take a job that is over out of the list."""
        with self._lock:
            self._codes.add(_counted(job))
            self._jobs.pop(job.number, None)

    def holder(self, board: Board) -> Job | None:
        """Return the job that works on ``board``."""
        return next((job for job in self.running if any(one is board for one in job.boards)), None)

    def holds(self, name: str) -> bool:
        """Tell whether a job works on the board called ``name``."""
        return any(name in job.board_names for job in self.running)

    def claim(self, board: Board, job: Job | None) -> None:
        """Let ``job`` have a board until it is over; for None, what runs in front, see that no job has it.

        Raises BoardBusyError.
        """
        with self._lock:
            holder = self.holder(board)
            if holder is not None and holder is not job:
                raise BoardBusyError(
                    f"{board.name} is held by job {holder.number}: {holder.text}",
                    f"wait %{holder.number} waits for it, kill %{holder.number} ends it",
                )
            if job is not None and not any(one is board for one in job.boards):
                job.boards.append(board)

    def find(self, word: str) -> Job:
        """Return the job that ``%2`` or ``2`` names. Raises NotFoundError."""
        number = word.removeprefix("%")
        job = self._jobs.get(int(number)) if number.isdecimal() else None
        if job is None:
            known = ", ".join(f"%{job.number}" for job in self.all)
            raise NotFoundError(f"no job '{word}'", f"jobs: {known}" if known else "no job runs")
        return job

    def hear(self, event: Event) -> None:
        """Note how far a job is."""
        if isinstance(event, Progress):
            for job in self.running:
                if event.board in job.board_names:
                    job.progress = event

    def cancel(self) -> None:
        """Have all of them end as by Ctrl-C."""
        for job in self.running:
            job.cancel()

    def end(self, seconds: float) -> None:
        """End all of them; wait for that ``seconds`` at most."""
        self.cancel()
        deadline = Deadline(seconds)
        for job in self.running:
            job.join(deadline.remaining)


def _counted(job: Job) -> int:
    return job.code or 0 if job.state in ("done", "failed") else 0
