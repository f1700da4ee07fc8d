"""What moves now, as the news tells it."""

from __future__ import annotations

from collections.abc import Callable

from espsh.base.events import Progress
from espsh.shell.gauges import Gauge, gauge

_STALE = 10.0
"""Seconds without news after which a transfer is left out: no news tells that one has failed."""


class Transfer:
    """A transfer: one file, or all the files that are counted together."""

    def __init__(self, event: Progress, now: float) -> None:
        self.event = event
        self.started = self.heard = self.told = now

    def gauge(self, now: float) -> Gauge:
        """Return it in words."""
        return gauge(self.event, now - self.started)


class Transfers:
    """The transfers under way, those that began first at the top."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._moving: dict[tuple[str, str], Transfer] = {}

    def __bool__(self) -> bool:
        return bool(self._moving)

    def take(self, event: Progress) -> Transfer:
        """Return the transfer of which ``event`` tells; a complete one is under way no more."""
        now = self._clock()
        key = (event.board, event.what if event.of == 1 else "")
        transfer = self._moving.setdefault(key, Transfer(event, now))
        transfer.event, transfer.heard = event, now
        if event.total is not None and event.done >= event.total:
            del self._moving[key]
        return transfer

    def lasting(self, seconds: float) -> list[Gauge]:
        """Return those in words that have lasted for ``seconds`` and go on."""
        now = self._clock()
        return [
            transfer.gauge(now)
            for transfer in self._moving.values()
            if now - transfer.started >= seconds and now - transfer.heard < _STALE
        ]

    def clear(self) -> None:
        """Forget them all."""
        self._moving.clear()
