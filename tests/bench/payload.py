"""What is sent: the same bytes each time, for a given Python."""

from __future__ import annotations

import argparse
import hashlib
import os
import random
from pathlib import Path

TREE_BYTES = 127_000
TREE_FILES = 50
MANY = 500
_MTIME = 1_700_000_000
"""Older than any board's clock says: a tool that goes by time takes what it has put for the newer one."""


def noise(size: int, seed: int = 1) -> bytes:
    """Return bytes that do not shrink."""
    return random.Random(seed).randbytes(size)


def source() -> bytes:
    """Return 20 kB of Python."""
    return Path(argparse.__file__).read_bytes()[:20480]


def tree() -> dict[str, bytes]:
    """Return whole sources of the standard library, near TREE_BYTES in all, by path in four folders."""
    library = Path(argparse.__file__).parent
    paths = sorted(path for path in library.glob("*/*.py") if 300 < path.stat().st_size < 9000)
    paths = [path for path in paths if path.parent.name not in ("test", "tests", "site-packages", "__phello__")]
    draws = [random.Random(seed).sample(paths, TREE_FILES) for seed in range(200)]
    best = min(draws, key=lambda draw: abs(sum(path.stat().st_size for path in draw) - TREE_BYTES))
    return {f"{'abcd'[number % 4]}/f{number:02}.py": path.read_bytes() for number, path in enumerate(best)}


def many() -> dict[str, bytes]:
    """Return 500 files of 2 kB in ten folders."""
    return {f"d{number % 10}/f{number:03}.bin": noise(2048, number) for number in range(MANY)}


def write(files: dict[str, bytes], folder: Path) -> None:
    """Put files into a folder of the host."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (_MTIME, _MTIME))


def on_board(files: dict[str, bytes], root: str = "") -> dict[str, str]:
    """Return what a board's flash has to hold when ``files`` are there under ``root``: digests by path."""
    held = {f"{root}/{name}": hashlib.sha256(data).hexdigest() for name, data in files.items()}
    for path in tuple(held):
        held |= {f"{parent}/": "" for parent in Path(path).parents if str(parent) != "/"}
    return held
