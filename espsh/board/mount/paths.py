"""Where a path of a board's leads in a directory of the host: never out of it.

A path is walked name by name, and each must be in the listing of the directory before it; so no spelling (a drive, a
backslash, other upper and lower case) leads elsewhere than on a board. ``..`` may not lead above the directory, and
what a link leads to must lie inside.
"""

from __future__ import annotations

import contextlib
import errno
import os
import unicodedata
from pathlib import Path

_NOT_IN_NAMES = frozenset(':<>"|?*') if os.sep == "\\" else frozenset()


class EscapeError(PermissionError):
    """The board asked for what lies outside of the directory."""


def names_in(path: str) -> list[str]:
    """Return the names on the way to ``path``. Raises EscapeError for one above the directory."""
    names: list[str] = []
    for name in path.split("/"):
        if name == ".." and not names:
            raise EscapeError(errno.EACCES, path)
        if name == "..":
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return names


def find(root: Path, path: str, *, new: bool = False) -> Path:
    """Return where ``path`` is below ``root``, which is a real path; with ``new`` its last name need not be there.

    Raises EscapeError, FileNotFoundError, NotADirectoryError.
    """
    here = root
    names = names_in(path)
    for place, name in enumerate(names, 1):
        found = _entry(here, name)
        if found is None and not (new and place == len(names) and _is_plain(name)):
            raise FileNotFoundError(errno.ENOENT, path)
        here = inside(root, here / (found or name))
    return here


def inside(root: Path, path: Path) -> Path:
    """Return ``path``. Raises EscapeError where it is a link that leads out of ``root``."""
    if not Path(os.path.realpath(path)).is_relative_to(root):
        raise EscapeError(errno.EACCES, "/" + path.relative_to(root).as_posix())
    return path


def imports(root: Path, name: str) -> bool:
    """Whether a board that has ``root`` as its cwd finds a module called ``name`` there."""
    for file in (name, f"{name}.py", f"{name}.mpy"):
        with contextlib.suppress(OSError):
            if find(root, file).is_dir() == (file == name):
                return True
    return False


def names_of(directory: Path) -> list[str]:
    """Return what a directory of the host holds, as far as a board can be told: on Linux a name may be any bytes."""
    return [name for name in os.listdir(directory) if _is_text(name)]  # noqa: PTH208 - names, not paths


def _entry(directory: Path, name: str) -> str | None:
    """Return what ``name`` is called in a directory of the host, which may spell its accents otherwise (macOS)."""
    names = names_of(directory)
    if name in names or name.isascii():
        return name if name in names else None
    composed = unicodedata.normalize("NFC", name)
    return next((other for other in names if unicodedata.normalize("NFC", other) == composed), None)


def _is_plain(name: str) -> bool:
    """Whether a name that is new on the host is one name there."""
    return "\0" not in name and Path(name).name == name and _NOT_IN_NAMES.isdisjoint(name)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
