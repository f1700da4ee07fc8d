"""The parameter types that are read as locations: of the host or a board, or of the host alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from espsh.base.location import HOST, Location, spell
from espsh.core.params import SET, Candidate, Scope
from espsh.core.parser import Token
from espsh.core.sets import GROUP
from espsh.errors import EspshError, UsageError


class Path:
    """A location on the host or a board, taken as it stands (no glob)."""

    metavar = "PATH"

    def parse(self, word: Token, scope: Scope) -> Location:
        """Return the location."""
        return scope.resolve(word.text)

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer boards and what their cached listings hold, or the host's files."""
        if prefix.startswith(GROUP) and "/" not in prefix:
            for candidate in SET.complete(prefix, scope):
                yield Candidate(f"{candidate.text}:", f"{candidate.shown}:", "boards", ends_word=False)
        if ":" not in prefix and "/" not in prefix:
            for name in (*scope.board_names, HOST):
                if name.startswith(prefix):
                    yield Candidate(f"{name}:", meaning="place", ends_word=False)
        yield from _complete_path(prefix, scope)


class Directory(Path):
    """A directory of the host or a board. That it is one is for the command to see: only the wire can tell."""

    metavar = "DIRECTORY"

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer what a path goes on from: places and directories."""
        return _that_go_on(super().complete(prefix, scope))


class HostFile(Path):
    """A file of the host, for what only the host can read or write."""

    def parse(self, word: Token, scope: Scope) -> Any:
        """Return the absolute path."""
        location = scope.resolve(word.text)
        if not location.on_host:
            raise UsageError(f"'{word.text}' is on a board", "name a file of the host")
        return location.path

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the host's files; on a board's place, where a bare path is none of them, the way to the host."""
        if _on_host(prefix or ".", scope):
            yield from _complete_path(prefix, scope)
        elif HOST.startswith(prefix):
            yield Candidate(f"{HOST}:", meaning="place", ends_word=False)


class HostDirectory(HostFile):
    """A directory of the host, for what only the host can read or write."""

    metavar = "DIRECTORY"

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the host's directories."""
        return _that_go_on(super().complete(prefix, scope))


class Paths(Path):
    """Locations: a word may be a glob that names several."""

    def parse(self, word: Token, scope: Scope) -> Any:
        """Return the list of locations."""
        return scope.expand(word)


def _that_go_on(candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    return (candidate for candidate in candidates if not candidate.ends_word)


def _on_host(text: str, scope: Scope) -> bool:
    try:
        return scope.resolve(text).on_host
    except EspshError:
        return False


def _complete_path(prefix: str, scope: Scope) -> Iterable[Candidate]:
    try:
        spelling = spell(prefix)
        cut = max(prefix.rfind("/"), prefix.rfind(os.sep), -1 if spelling.place is None else prefix.find(":"))
        head, tail = prefix[: cut + 1], prefix[cut + 1 :]
        listing = scope.cached_listing(scope.resolve(head or "."))
    except EspshError:
        return
    for name, is_dir in listing or ():
        if name.startswith(tail) and (tail.startswith(".") or not name.startswith(".")):
            shown = name + "/" if is_dir else name
            guard = "./" if not head and (":" in name or name.startswith("-")) else ""
            yield Candidate(guard + head + shown, shown, ends_word=not is_dir)


PATH = Path()
PATHS = Paths()
DIRECTORY = Directory()
HOST_FILE = HostFile()
HOST_DIRECTORY = HostDirectory()
