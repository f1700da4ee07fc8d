"""What a command's body gets: its board, its output, and the way to files, other boards and other commands."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from espsh.base.events import Progress
from espsh.base.files import Files
from espsh.base.location import Location
from espsh.base.units import human_size
from espsh.core.addressed import boards_named
from espsh.core.fanout import Outcome
from espsh.core.output import Output
from espsh.core.parser import Invocation, Kind, Token, parse
from espsh.core.scope import SessionScope
from espsh.core.session import Options, Session
from espsh.core.terminal import Terminal
from espsh.errors import ConnectError, EspshError, InterruptedByUserError, TransferError, UsageError, gravest

if TYPE_CHECKING:
    from espsh.board.board import Board

_FIRMWARE = 256 << 20
"""Bytes of a firmware file at most: an ELF with all its debug information has tens of millions."""


class Parts(Protocol):
    """Who runs commands as parts of another."""

    def check_part(self, invocation: Invocation) -> object:
        """Raise UsageError where a command cannot be a part."""

    def run_part(self, invocations: Iterable[Invocation], scope: SessionScope) -> bytes:
        """Run commands for the board of ``scope``; return what they put out, raise what goes wrong."""

    def outcomes_of(self, command: str, names: Sequence[str], body: Callable[[Context], None]) -> list[Outcome]:
        """Run ``body`` for several boards at once."""


class Context(NamedTuple):
    """One run of a command's body. ``ending`` is set when it is to end, by Ctrl-C for several boards or ``kill``.

    ``tell`` says what went wrong with a part of it, where the rest goes on.
    """

    session: Session
    scope: SessionScope
    out: Output
    run_file: Callable[[str], None]
    fan_out: Callable[[Sequence[str], Callable[[str], None]], None]
    ending: threading.Event
    parts: Parts
    tell: Callable[[EspshError], object]

    @property
    def board(self) -> Board:
        """The board this run is about; a UsageError where none is connected."""
        return self.session.board(self.scope.board)

    @property
    def boards(self) -> Sequence[str]:
        """The names of the boards that one run is for, where the line names a set; else none."""
        return self.scope.boards

    def on_each(self, names: Sequence[str], work: Callable[[str], None]) -> None:
        """Do ``work`` for each of these boards, all at once; where one fails the others go on.

        What went wrong is said as it happens. Raises an EspshError that sums it up, with the gravest exit code.
        """
        if len(names) == 1:
            work(names[0])
        elif names:
            self.fan_out(names, work)

    def each(self, paths: Iterable[Location], work: Callable[[Location], object]) -> None:
        """Do ``work`` for each of these, one after the other; where one fails the others are done all the same.

        A place that was lost is not tried again. Raises the last failure, with the gravest exit code; the others are
        said before.
        """
        failed: list[EspshError] = []
        lost = set()
        for path in paths:
            if path.place in lost:
                continue
            try:
                work(path)
            except InterruptedByUserError:
                raise
            except EspshError as error:
                if failed:
                    self.tell(failed[-1])
                failed.append(error)
                if isinstance(error, (ConnectError, TransferError)):
                    lost.add(path.place)
        if failed:
            failed[-1].exit_code = gravest(error.exit_code for error in failed)
            raise failed[-1]

    def outcomes_of(self, command: str, names: Sequence[str], body: Callable[[Context], None]) -> list[Outcome]:
        """Run ``body`` for several boards at once, each with its own context, and return how they ended.

        What they put out is folded where it is equal; a failure is said as that of ``command``, at once.
        """
        return self.parts.outcomes_of(command, names, body)

    def boards_named(self, boards: str) -> list[str]:
        """Return the names of the boards that a set, as behind ``@``, means; each of them is connected and met."""
        return boards_named(boards, self.session)

    def check_line(self, line: str) -> None:
        """Raise UsageError where a line cannot be run by :meth:`run_line`."""
        for invocation in self._parse(line):
            self.parts.check_part(invocation)

    def run_line(self, line: str) -> str:
        """Run a line's commands on this run's board; return what they put out, raise what the first to fail does."""
        return self.parts.run_part(self._parse(line), self.scope).decode("utf-8", "replace")

    def run_words(self, *words: str) -> str:
        """Do as :meth:`run_line` with one command, whose words are taken as they stand, globs too."""
        invocation = Invocation(tuple(Token(Kind.WORD, word, 0, 0) for word in words))
        return self.parts.run_part((invocation,), self.scope).decode("utf-8", "replace")

    @property
    def ended_by(self) -> str:
        """What the user does to end this run."""
        return "Ctrl-C" if self.session.job is None else f"kill %{self.session.job.number}"

    def heed(self) -> None:
        """Raise InterruptedByUserError if this run is to end; for what lasts without a board at work."""
        if self.ending.is_set():
            raise InterruptedByUserError

    def progress(self, what: str, done: int, total: int | None = None) -> None:
        """Show that ``done`` of ``total`` bytes are moved; None is a total that is not known."""
        self.session.events.emit(Progress(self.scope.board or "", what, done, total))

    def settings(self, plugin: str) -> Mapping[str, Any]:
        """Return what the user's config.toml says under ``[plugins.NAME]``; nothing of that is checked."""
        return self.session.plugin_settings.get(plugin, {})

    @property
    def options(self) -> Options:
        """The session's options."""
        return self.session.options

    @property
    def terminal(self) -> Terminal:
        """The user's screen."""
        return self.session.terminal

    def files(self, location: Location) -> Files:
        """Return the files of the location's place."""
        return self.session.files(location.place)

    def firmware(self, file: Location) -> bytes:
        """Return a firmware file whole. Raises NotFoundError, and UsageError for one that is larger than any flash."""
        files = self.files(file)
        if (size := files.stat(file.path).size) > _FIRMWARE:
            raise UsageError(f"{file.typed or file} is too large for firmware ({human_size(size)})")
        return b"".join(files.read(file.path))

    def digests(self, place: str, paths: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of files of ``place`` by path, all in one call; the host's may be remembered ones."""
        return self.session.digests(place, paths)

    @contextlib.contextmanager
    def at(self, port: str | None) -> Iterator[Board]:
        """Yield the board behind ``port``, which need not be connected, or this run's board for None."""
        if port is None:
            yield self.board
        else:
            with self.session.visit(port) as board:
                yield board

    def board_at(self, name: str | None) -> Board:
        """Return the board called ``name``, or this run's board for None."""
        return self.board if name is None else self.session.board(name)

    def agree(self, question: str) -> None:
        """Go on only where the user says yes, or said so for all boards of a set.

        Raises UsageError where nobody can be asked, EspshError for a no.
        """
        if self.scope.consent == "given":
            return
        if self.scope.consent == "nobody to ask":
            raise UsageError(f"several boards at once are not asked: {question}", "-y says yes for all of them")
        if not self.terminal.confirm(question):
            raise EspshError("nothing was done")

    def scattered(self, target: Location) -> Location:
        """Return where one board of a set writes when all are told to write to ``target`` elsewhere.

        Several boards as a source write to ``target/<board>/``.
        """
        if not self.scope.fanned or target.place == self.scope.board:
            return target
        return Location(target.place, f"{target.path}/{self.scope.board}", f"{target.typed}/{self.scope.board}/")

    def _parse(self, line: str) -> Sequence[Invocation]:
        return parse(line, self.session.registry.rest_rule)
