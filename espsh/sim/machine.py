"""The virtual boards of this process: switched on when they are opened, and off when told or at its end."""

from __future__ import annotations

import atexit
import threading

from espsh.errors import UsageError
from espsh.sim.options import Options, parse_url
from espsh.sim.powered import Machine

__all__ = ["Machine", "machine_at", "machine_for", "power_off", "power_off_all"]

# The one piece of module-level state in `sim`: pyserial makes a new port object at each open, and a board has to live
# on between a close and the next open, as a real one does on its USB power.
_machines: dict[str, Machine] = {}
_lock = threading.Lock()


def machine_for(options: Options, host_baud: int) -> Machine:
    """Return the running board that ``options`` mean, or switch it on; other options than it has power-cycle it.

    What it says as it starts is heard at ``host_baud`` bits per second.
    """
    with _lock:
        machine = _machines.get(options.key)
        if machine is not None and machine.alive and (machine.options == options or machine.host.opened):
            return machine
        if machine is not None:
            machine.power_off()
        machine = _machines[options.key] = Machine(options, host_baud)
        return machine


def machine_at(url: str) -> Machine:
    """Return the board that runs behind ``url``; its options do not matter. UsageError when none does."""
    key = parse_url(url).key
    with _lock:
        machine = _machines.get(key)
    if machine is None or not machine.alive:
        raise UsageError(f"sim: no board runs at {url}")
    return machine


def power_off(url: str) -> None:
    """Switch the board behind ``url`` off, if it runs; the next open boots it from its image."""
    key = parse_url(url).key
    with _lock:
        machine = _machines.pop(key, None)
    if machine is not None:
        machine.power_off()


def power_off_all() -> None:
    """Switch every board of this process off."""
    with _lock:
        machines = list(_machines.values())
        _machines.clear()
    for machine in machines:
        machine.power_off()


atexit.register(power_off_all)
