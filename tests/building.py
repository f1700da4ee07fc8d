"""What is built of the project: sdist and wheel, by the build backend itself, offline and beside the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent.parent
"""The checkout, or an sdist that was unpacked."""
_BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, 'build_' + sys.argv[1])(sys.argv[2])"
PARTS = ("espsh", "plugins", "tests", "docs", ".ci")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info")


def copied(target: Path) -> Path:
    """Copy the checkout into ``target``, without what tools left in it, and return that."""
    for part in PARTS:
        shutil.copytree(HERE / part, target / part, ignore=_LEFT_OUT)
    for path in HERE.iterdir():
        if path.is_file():
            shutil.copy(path, target)
    return target


def build(what: Literal["sdist", "wheel"], source: Path, target: Path) -> Path:
    """Build the sdist or the wheel of ``source`` into ``target`` and return the file."""
    subprocess.run([sys.executable, "-c", _BUILD, what, str(target)], cwd=source, capture_output=True, check=True)
    return next(target.glob("*.whl" if what == "wheel" else "*.tar.gz"))


def files_below(folder: Path, *parts: str) -> set[str]:
    """Return the paths of the files below these parts of ``folder``, relative to it, without what tools left there."""
    paths = (path for part in parts for path in (folder / part).rglob("*"))
    return {
        path.relative_to(folder).as_posix()
        for path in paths
        if path.is_file() and not any(name == "__pycache__" or name.endswith(".egg-info") for name in path.parts)
    }
