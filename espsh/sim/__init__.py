"""The virtual board: real MicroPython behind an emulated UART."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from espsh.sim.table import machine_at, machine_for, power_off, power_off_all

__all__ = ["machine_at", "machine_for", "power_off", "power_off_all"]


def __getattr__(name: str) -> Any:
    """Load the machinery only when a board is wanted: it does not import where there are no ptys."""
    if name in __all__:
        from espsh.sim import table

        return getattr(table, name)
    raise AttributeError(name)
