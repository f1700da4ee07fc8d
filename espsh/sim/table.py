"""The boards that run in this process.

The one piece of module-level state in ``sim``: pyserial makes a new port object for each open, and a board has to live
on between a close and the next open, as a real one does on its USB power.
"""

from __future__ import annotations

import atexit
import threading

from espsh.errors import UsageError
from espsh.sim.machine import Machine
from espsh.sim.options import Options, parse_url

_lock = threading.Lock()
_machines: dict[str, Machine] = {}


def machine_for(options: Options) -> Machine:
    """Return the running board that ``options`` mean, or switch it on."""
    with _lock:
        machine = _machines.get(options.key)
        if machine is not None and machine.alive:
            return machine
        machine = _machines[options.key] = Machine(options)
        return machine


def machine_at(url: str) -> Machine:
    """Return the board running behind ``url``; its options do not matter."""
    key = parse_url(url).key
    with _lock:
        machine = _machines.get(key)
    if machine is None or not machine.alive:
        raise UsageError(f"sim: no board runs at {url}")
    return machine


def power_off(url: str) -> None:
    """Switch one board off; the next open boots it anew from its image."""
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
