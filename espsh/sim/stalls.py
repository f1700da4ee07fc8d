"""Halts of the program that come again and again, as flash writes of another task cause them."""

from __future__ import annotations

from espsh.sim.programs import Program


class Stalls:
    """Halts the program for some seconds in every period; ``due`` is when the next halt begins or ends."""

    def __init__(self, halt_and_period: tuple[float, float] | None, now: float) -> None:
        self._halt, self._period = halt_and_period or (0.0, 0.0)
        self._next = now + self._period if halt_and_period else None
        self._until: float | None = None

    @property
    def due(self) -> float | None:
        """When something is to do."""
        return min((at for at in (self._next, self._until) if at is not None), default=None)

    def keep(self, program: Program, now: float) -> None:
        """Halt the program, or let it go on, when that is due."""
        if self._until is not None and now >= self._until:
            self._until = None
            program.go_on()
        if self._next is not None and now >= self._next:
            self._next = now + self._period
            if program.stall():
                self._until = now + self._halt
