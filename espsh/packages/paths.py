"""Names out of a package that stay below the directory they are meant for."""

from __future__ import annotations

from espsh.errors import EspshError

_LONGEST = 200
OURS = ".espsh"
"""How the names begin that espsh keeps for itself: its record, and files that are not verified yet."""


def stays_below(path: object, shown: str) -> str:
    """Return ``path`` as a relative one with ``/``, without ``.`` in it; ``shown`` is the package it is from.

    Raises EspshError for what would lead out of the directory (absolute, ``..``, a drive), and for names that are none.
    """
    if not isinstance(path, str) or not path.isprintable() or len(path) > _LONGEST:
        raise _refused(path, shown, "that is no file's name")
    if path.startswith("/") or "\\" in path or ":" in path:
        raise _refused(path, shown, "it has to be relative, with / only")
    parts = [part for part in path.split("/") if part != "."]
    if ".." in parts:
        raise _refused(path, shown, "it leads out of the directory")
    if not all(parts) or not parts:
        raise _refused(path, shown, "that is no file's name")
    if any(part.startswith(OURS) for part in parts):
        raise _refused(path, shown, f"names in {OURS}… are espsh's own")
    return "/".join(parts)


def _refused(path: object, shown: str, why: str) -> EspshError:
    return EspshError(f"{shown} names the file {str(path)[:80]!a}: {why}", "nothing was written")
