"""What processes of this machine have used so far, from Linux' ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _THREADS, _PAGES = 1, 11, 12, 17, 21
"""Fields of ``/proc/PID/stat`` behind the program's name (man 5 proc_pid_stat)."""


class Usage(NamedTuple):
    """Seconds of processor, bytes of memory that is resident, and threads."""

    cpu: float
    memory: int
    threads: int


def usage(pid: int) -> Usage:
    """Return what one process has used."""
    return _usage(_fields(pid))


def cpu_below(pid: int) -> float:
    """Return the seconds of processor of a process and of all that it has started and that still run."""
    known = dict(_everything())
    children: dict[int, list[int]] = {}
    for child, fields in known.items():
        children.setdefault(int(fields[_PARENT]), []).append(child)
    total, waiting = 0.0, [pid]
    while waiting:
        one = waiting.pop()
        total += _usage(known[one]).cpu
        waiting += children.get(one, [])
    return total


def _everything() -> Iterator[tuple[int, list[str]]]:
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            try:
                yield int(folder.name), _fields(int(folder.name))
            except (FileNotFoundError, ProcessLookupError):  # it has just ended
                continue


def _fields(pid: int) -> list[str]:
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _usage(fields: list[str]) -> Usage:
    cpu = (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS
    return Usage(cpu, int(fields[_PAGES]) * os.sysconf("SC_PAGE_SIZE"), int(fields[_THREADS]))
