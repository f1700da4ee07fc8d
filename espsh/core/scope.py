"""The session as one board's command sees it: what ``:x`` and a bare path mean, and what a glob names."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from espsh.base.files import Files
from espsh.base.location import CURRENT, HOST, Location, Spelling, spell
from espsh.base.world import World
from espsh.core.jobs import Jobs
from espsh.core.parser import GLOB_MARKS, Token
from espsh.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from espsh.core.consent import Consent
    from espsh.core.session import Session

_NO_GLOB = "a name that holds * ? or [ is quoted; in a shell's command line twice: espsh -c \"ls ':a*b'\""


class SessionScope:
    """Reads words for ``board`` (None where no board is meant). ``fanned`` says that it is one of a set.

    ``consent`` says whether the user may be asked, or was; ``boards`` are those of a set where one run is for them all.
    """

    def __init__(
        self, session: Session, board: str | None, *, fanned: bool = False, consent: Consent = "to ask",
        boards: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._session = session
        self.board = board
        self.fanned = fanned
        self.consent = consent
        self.boards = boards
        self.before: Sequence[str] = ()
        here = session.here
        self.here = here if here.on_host or board is None else here._replace(place=board)

    @property
    def board_names(self) -> Sequence[str]:
        """The names of the connected boards."""
        return list(self._session.boards)

    @property
    def chips(self) -> Sequence[str]:
        """The chips of the connected boards, as far as they are known."""
        return sorted({member.chip for member in self._session.members if member.chip})

    @property
    def groups(self) -> Mapping[str, str]:
        """The sets that have a name."""
        return self._session.groups.all()

    @property
    def jobs(self) -> Jobs:
        """The jobs of the session."""
        return self._session.jobs

    @property
    def command_names(self) -> Sequence[tuple[str, str]]:
        """Each command's name and summary."""
        return self._session.registry.builtin_names()

    @property
    def plugin_names(self) -> Sequence[tuple[str, str]]:
        """Each plugin's name, and whether it is on."""
        return [(plugin.name, plugin.state) for plugin in self._session.plugins.all]

    @property
    def ports(self) -> Sequence[tuple[str, str]]:
        """Each port and what it is."""
        return self._session.list_ports()

    @property
    def world(self) -> World:
        """The environment and espsh's folders."""
        return self._session.world

    def resolve(self, text: str) -> Location:
        """Return the absolute location that ``text`` names from here."""
        if not text:
            raise UsageError("an empty word is no path", "is a variable unset? '.' is where you are")
        spelling = spell(text)
        if spelling.is_set and self.fanned:
            spelling = Spelling(CURRENT, spelling.path)
        elif spelling.is_set:
            raise UsageError(f"'{text}' names several boards", "this command works on one")
        spelling = self._rshell(spelling)
        place = self.here.place if spelling.place is None else spelling.place
        if place == HOST:
            return Location(HOST, self._on_host(spelling.path), text)
        name = self._connected(place, text)
        start = self.here.path if self.here.place == name else "/"
        return Location(name, posixpath.normpath(posixpath.join("/", start, spelling.path)), text)

    def expand(self, word: Token) -> list[Location]:
        """Return what a word names; a glob that matches nothing is an error."""
        location = self.resolve(word.text)
        prefix, pattern = _split_place(word.text, word.pattern or "")
        if GLOB_MARKS.isdisjoint(pattern):
            return [location]
        if location.on_host and os.sep == "\\":
            pattern = pattern.replace("\\", "/")
        fixed, wild = _split_fixed(pattern)
        files = self._session.files(location.place)
        start = self.resolve(prefix + fixed or ".").path
        entry = files.find(start)
        found: list[Location] = []
        if entry is not None and entry.is_dir:
            found = [self.resolve(prefix + path) for path in sorted(_glob(files, start, fixed, wild))]
        if not found and files.find(location.path) is not None:
            return [location]
        if not found:
            raise NotFoundError(f"nothing matches '{word.text}'", _NO_GLOB)
        return found

    def cached_listing(self, location: Location) -> Sequence[tuple[str, bool]] | None:
        """Return what is known to be at ``location`` without asking a board."""
        if not location.on_host:
            entries = self._session.boards[location.place].files.cached_listing(location.path)
            return None if entries is None else [(entry.path, entry.is_dir) for entry in entries]
        try:
            return sorted((item.name, item.is_dir()) for item in os.scandir(location.path))
        except OSError:
            return None

    def _on_host(self, path: str) -> str:
        return os.path.abspath(os.path.join(self._session.host_directory, os.path.expanduser(path)))  # noqa: PTH100, PTH111, PTH118 - a Path would drop what abspath keeps lexical

    def _connected(self, place: str, text: str) -> str:
        if place == CURRENT:
            self.board = self.board or self._session.reach()
            if self.board is None:
                raise UsageError(f"'{text}' is on a board, and none is connected", "connect one: connect PORT")
            return self.board
        if place not in self._session.boards:
            known = ", ".join(self._session.boards) or "none"
            hint = f"connected: {known}; a host file of that name is ./{text}"
            if place in self.groups:
                hint = f"the group of that name is @{text}"
            raise NotFoundError(f"no board '{place}' is connected", hint)
        return place

    def _rshell(self, spelling: Spelling) -> Spelling:
        """Read rshell's ``/name/path`` as ``name:/path``; refuse where the host has that path too."""
        if spelling.place is not None or not self.here.on_host or not spelling.path.startswith("/"):
            return spelling
        name, _, path = spelling.path[1:].partition("/")
        if name not in self._session.boards:
            return spelling
        if Path("/", name).exists():
            raise UsageError(
                f"'{spelling.path}' is both a host path and the board {name}'s",
                f"write {name}:/{path} or host:{spelling.path}",
            )
        return Spelling(name, "/" + path)


def _split_place(text: str, pattern: str) -> tuple[str, str]:
    place = spell(text).place
    if place is None:
        return "", pattern
    return place + ":", pattern[len(place) + 1 :]


def _split_fixed(pattern: str) -> tuple[str, str]:
    """Cut a glob before its first wild part: ``lib/x/*.py`` is ``lib/x`` and ``*.py``."""
    parts = pattern.split("/")
    first = next(i for i, part in enumerate(parts) if not GLOB_MARKS.isdisjoint(part))
    fixed = "/".join(parts[:first])
    return ("/" if first == 1 and fixed == "" else fixed), "/".join(parts[first:])


def _glob(files: Files, directory: str, shown: str, pattern: str) -> Iterator[str]:
    """Yield the paths under ``directory`` that match, spelled from ``shown``. A dot in front must be written."""
    part, _, rest = pattern.partition("/")
    join = "" if shown in ("", "/") else "/"
    if part == "**":
        if rest:
            yield from _glob(files, directory, shown, rest)
        for entry in _children(files, directory):
            if entry[1] and not entry[0].startswith("."):
                yield from _glob(files, f"{directory.rstrip('/')}/{entry[0]}", f"{shown}{join}{entry[0]}", pattern)
            if not rest and not entry[0].startswith("."):
                yield f"{shown}{join}{entry[0]}"
        return
    for name, is_dir in _children(files, directory):
        if not fnmatchcase(name, part) or (name.startswith(".") and not part.startswith(".")):
            continue
        found = f"{shown}{join}{name}"
        if not rest:
            yield found
        elif is_dir:
            yield from _glob(files, f"{directory.rstrip('/')}/{name}", found, rest)


def _children(files: Files, directory: str) -> list[tuple[str, bool]]:
    return [(entry.path, entry.is_dir) for entry in files.listdir(directory)]
