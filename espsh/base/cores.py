"""The processors of the host, kept busy by work that other processes do."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""How many processors this process may use."""


def on_all_cores(work: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    """Return ``work(item)`` of each item, in their order, by threads: the work itself is other processes'.

    One thread more than there are cores, since each looks after its process now and then.

    Raises what the first item that fails raised; what has not begun by then never does.
    """
    threads = min(len(items), CORES + 1)
    if threads < 2:
        return [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads)
    try:
        return list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)
