"""What happens on a board, told under its name; kept as long as it is not known who that is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from espsh.base.events import Event, EventBus


class Notices:
    """Hands events on to ``events``. At first they are kept, until :meth:`release`."""

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._kept: list[Event] | None = []

    def tell(self, event: Event) -> None:
        """Emit an event, or keep it."""
        if self._kept is None:
            self._events.emit(event)
        else:
            self._kept.append(event)

    def release(self, name: str) -> None:
        """Emit what was kept, under ``name``; from now on nothing is kept."""
        kept, self._kept = self._kept or [], None
        for event in kept:
            self._events.emit(event._replace(board=name))

    @contextlib.contextmanager
    def on_trial(self, name: str) -> Iterator[None]:
        """Keep what happens meanwhile: it is the board's of that ``name``, or, if an error is raised, nobody's."""
        self._kept = []
        try:
            yield
        except BaseException:
            self._kept = None
            raise
        self.release(name)
