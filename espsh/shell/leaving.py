"""Leaving while jobs run: said once; who leaves again means it, and the jobs are ended."""

from __future__ import annotations

from collections.abc import Callable

from espsh.core.session import Session


class Leaving:
    """Whether the user may leave now."""

    def __init__(self, session: Session, say: Callable[[str], None]) -> None:
        self._session = session
        self._say = say
        self._was_said = False

    def agreed(self) -> bool:
        """Tell whether that is so; say what still runs where it was not said just before."""
        running = self._session.jobs.running
        if not running or self._was_said:
            return True
        self._was_said = True
        self._session.leaving = None
        still = ", ".join(f"[{job.number}] {job.text}" for job in running)
        self._say(f"still at work: {still}")
        self._say("hint: wait waits for it; leave once more to end it")
        return False

    def stay(self) -> None:
        """Note that the user goes on: the next time is the first again."""
        self._was_said = False
