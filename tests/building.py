"""What is built of the project: sdist and wheel, by the build backend itself, offline and beside the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent.parent
_BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, 'build_' + sys.argv[1])(sys.argv[2])"
_LEFT_OUT = (
    "__pycache__",
    "*.egg-info",
    ".*cache",
    ".git",
    ".venv",
    ".hypothesis",
    ".benchmarks",
    "build",
    "dist",
    "site",
)


def copied(target: Path) -> Path:
    """Copy the checkout into ``target``, without what tools left in it, and return that."""
    shutil.copytree(HERE, target, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)
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
