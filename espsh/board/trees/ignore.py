"""Which names a sync leaves alone, on both sides, in the syntax of gitignore (https://git-scm.com/docs/gitignore)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

from espsh.errors import UsageError

IGNORE_FILE = ".espshignore"
"""The file in a source's root with patterns of its own."""

_USUAL = (".git", "__pycache__", "*.pyc")
_HIDDEN = (".*",)


class Ignored:
    """Tells whether a path relative to the root is left alone. A directory that is takes all it holds with it.

    Of the patterns the last one that fits decides: the usual ones, those of hidden names unless ``hidden``,
    ``patterns``, and at last espsh's own files. A malformed pattern is a UsageError.
    """

    def __init__(self, patterns: Iterable[str] = (), *, hidden: bool = False) -> None:
        from pathspec import GitIgnoreSpec

        from espsh.board.copying.transfer import TEMPORARY

        ours = (f"{TEMPORARY}*", f"/{IGNORE_FILE}")
        every = [*_USUAL, *(() if hidden else _HIDDEN), *patterns, *ours]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # of re, about what a malformed pattern may mean one day
                self._spec = GitIgnoreSpec.from_lines(every)
        except (ValueError, re.error) as error:
            raise UsageError(f"a pattern of what to leave out is malformed: {error}") from error
        self._directories: dict[str, bool] = {"": False}

    def __call__(self, path: str, is_dir: bool) -> bool:
        """Whether the file or directory at ``path`` is left alone."""
        if is_dir:
            return self._directory(path)
        return self._directory(path.rpartition("/")[0]) or bool(self._spec.match_file(path))

    def _directory(self, path: str) -> bool:
        known = self._directories.get(path)
        if known is None:
            known = self._directory(path.rpartition("/")[0]) or bool(self._spec.match_file(path + "/"))
            self._directories[path] = known
        return known


def nothing_ignored(_path: str, _is_dir: bool) -> bool:
    """Leave nothing out: what was named is meant."""
    return False
