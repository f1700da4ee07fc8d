"""What one run of espsh knows: the boards, where bare paths point, the options, the commands."""

from __future__ import annotations

import contextlib
import copy
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from espsh.base.digestcache import DigestCache
from espsh.base.events import BoardConnected, EventBus
from espsh.base.files import Files
from espsh.base.hostfiles import HostFiles
from espsh.base.location import HOST, Location
from espsh.base.passwords import without_password
from espsh.base.world import World
from espsh.core.groups import GroupStore
from espsh.core.jobs import Job, Jobs
from espsh.core.plugged import Plugins
from espsh.core.registry import Registry
from espsh.core.sets import Member
from espsh.core.terminal import Terminal
from espsh.errors import EspshError, InterruptedByUserError, NotFoundError, UsageError

if TYPE_CHECKING:
    from espsh.board.board import Board

Connector = Callable[[str, "str | None", "int | None"], "Board"]
"""Opens a port: ``(url, name or None, baud or None) -> Board``, which is not met yet; raises ConnectError."""


CHOICES = {"keys": ("emacs", "vi")}
"""Options that are one of a few words."""


class Options:
    """What ``set`` changes, for this session."""

    def __init__(
        self, *, keep_going: bool = False, quiet: bool = False, verbose: bool = False, debug: bool = False,
        json: bool = False, timing: bool = False, editor: str = "", jobs: int = 0, fail_fast: bool = False,
        keys: str = "emacs",
    ) -> None:  # fmt: skip
        """``jobs`` is how many boards of a set are worked on at once (0: all), ``fail_fast`` begins no more of them.

        ``keys`` are those of the prompt: ``emacs`` or ``vi``.
        """
        self.keep_going = keep_going
        self.quiet = quiet
        self.verbose = verbose
        self.debug = debug
        self.json = json
        self.timing = timing
        self.editor = editor
        self.jobs = jobs
        self.fail_fast = fail_fast
        self.keys = keys


class Here(NamedTuple):
    """Where bare paths point: a directory on the host or on a board."""

    place: str
    path: str

    @property
    def on_host(self) -> bool:
        """Whether that is the host."""
        return self.place == HOST


class Exit(NamedTuple):
    """That the session is left: with ``code``, or None for what the run amounts to."""

    code: int | None = None


class Session:
    """The state that commands share. ``current`` is the board that ``:`` means.

    ``job`` is the one whose session this is, None for what runs in front (see :meth:`for_job`).
    ``offer`` opens the port that offers itself; it is called once, when a board is needed and none was named.
    """

    def __init__(
        self, world: World, registry: Registry, connector: Connector, terminal: Terminal,
        list_ports: Callable[[], Sequence[tuple[str, str]]], options: Options, plugins: Plugins | None = None,
    ) -> None:  # fmt: skip
        self.world = world
        self.plugins = plugins or Plugins(registry)
        self.registry = registry
        self.connector = connector
        self.terminal = terminal
        self.list_ports = list_ports
        self.options = options
        self.plugin_settings: Mapping[str, Mapping[str, Any]] = {}
        self.events = EventBus()
        self.jobs = Jobs()
        self.job: Job | None = None
        self.events.subscribe(self.jobs.hear)
        self.boards: dict[str, Board] = {}
        self._naming = threading.Lock()
        self._former: dict[str, str] = {}  # the names that boards had before they were met
        self.current: str | None = None
        self.leaving: Exit | None = None
        self.offer: Callable[[], object] | None = None
        self.host_directory = str(self.world.cwd)
        self.here = Here(HOST, self.host_directory)
        self.previous = self.here
        self.groups = GroupStore(lambda: self.world.folder("config") / "groups.toml")
        self._host_files = HostFiles()
        self._host_digests = DigestCache(lambda: self.world.folder("cache") / "digests.json")

    def for_job(self, job: Job, terminal: Terminal) -> Self:
        """Return the session as ``job`` has it: it goes on from here, and where it goes and what it sets are its own.

        The boards are the same, each held by one job at most. It connects none: that is for what runs in front.
        """
        own = copy.copy(self)
        own.job, own.terminal, own.options = job, terminal, copy.copy(self.options)
        return own

    def connect(self, url: str, name: str | None = None, baud: int | None = None) -> Board:
        """Connect the board behind ``url``, make it the current one, and return it."""
        board = self.open(url, name, baud)
        try:
            board.meet()
        except BaseException:
            self.disconnect(board.name)
            raise
        return board

    def open(self, url: str, name: str | None = None, baud: int | None = None) -> Board:
        """Open the port ``url``, make its board the current one, and return it; it is met when it is first needed.

        Until then it is called after its port, where no name was given.
        """
        self._only_in_front()
        for known in self.boards.values():
            if known.url == without_password(url):
                raise UsageError(f"{known.url} is connected already, as {known.name}")
        if name is not None and name in self.boards:
            raise UsageError(f"a board called '{name}' is connected already", "give this one another name")
        board = self.connector(url, name, baud)
        if board.name in self.boards:
            self._call_otherwise(board)
        self.boards[board.name] = board
        self.current = board.name
        board.on_named(self._named)
        return board

    @contextlib.contextmanager
    def visit(self, url: str) -> Iterator[Board]:
        """Yield the board behind ``url``; where that is not connected, its port is open meanwhile."""
        known = next((board for board in self.boards.values() if board.url == without_password(url)), None)
        if known is not None:
            yield self.board(known.name)
            return
        board = self.connector(url, None, None)
        try:
            yield board
        finally:
            board.close()

    def disconnect(self, name: str) -> None:
        """Close a board; bare paths that pointed to it point to the host again."""
        self._only_in_front()
        board = self.board(name)
        del self.boards[name]
        self._forget_place(name)
        board.close()

    def rename(self, old: str, new: str) -> None:
        """Call a connected board by another name from now on."""
        self._only_in_front()
        if new in self.boards and new != old:
            raise UsageError(f"a board called '{new}' is connected already")
        if new in self.groups.all():
            raise UsageError(f"'{new}' is a group's name", f"delete the group: group -d {new}")
        self.board(old).rename(new)
        self._rekey(old, new)

    def reach(self) -> str | None:
        """Return the current board's name; where no port is open, take the one that offers itself."""
        offer, self.offer = self.offer, None
        if offer is not None and not self.boards:
            offer()
            self.current = self.current or next(iter(self.boards), None)
        return self.current

    @property
    def members(self) -> list[Member]:
        """The connected boards as far as sets ask for them."""
        return [Member(name, board.identity.chip) for name, board in self.boards.items()]

    def board(self, name: str | None) -> Board:
        """Return the board called ``name``, or the current one for None. Raises BoardBusyError if a job has it."""
        if self.job is not None and self.job.ending.is_set():
            raise InterruptedByUserError
        name = name if name is not None else self.reach()
        if name is None:
            raise UsageError("no board is connected", "connect one: connect PORT, or start with -p PORT")
        if self._now_called(name) not in self.boards:
            self.meet()
        name = self._now_called(name)
        if name not in self.boards:
            raise NotFoundError(f"no board '{name}' is connected", f"connected: {', '.join(self.boards) or 'none'}")
        self.jobs.claim(self.boards[name], self.job)
        return self.boards[name]

    def meet(self) -> None:
        """Ask who is behind each port that is open and was not asked: that is how a board gets its name.

        Those that jobs hold are left alone.
        """
        for board in list(self.boards.values()):
            if board.state == "open" and self.jobs.holder(board) in (None, self.job):
                board.meet()

    def files(self, place: str) -> Files:
        """Return the files of ``place``: HOST or a board's name."""
        return self._host_files if place == HOST else self.board(place).files

    def digests(self, place: str, paths: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of files of one place, asked in one call; the host's are remembered between runs."""
        if not paths:
            return {}
        files = self.files(place)
        return self._host_digests.digests(paths, files.digests) if place == HOST else files.digests(paths)

    def go(self, location: Location) -> None:
        """Make ``location``, a directory, the one bare paths point to."""
        self.previous, self.here = self.here, Here(location.place, location.path)
        if location.on_host:
            self.host_directory = location.path
        else:
            self.current = location.place

    def leave(self, code: int | None = None) -> None:
        """Run nothing more, and end with ``code`` where one is given."""
        self.leaving = Exit(code)

    def close(self) -> list[EspshError]:
        """Close every board, all of them whatever happens; return what went wrong."""
        failed: list[EspshError] = []
        for board in self.boards.values():
            try:
                board.close()
            except EspshError as error:
                failed.append(error)
        self.boards.clear()
        return failed

    def _only_in_front(self) -> None:
        if self.job is not None:
            raise UsageError("a job works with the boards that are connected", "connect, name and disconnect in front")

    def _now_called(self, name: str) -> str:
        return name if name in self.boards else self._former.get(name, name)

    def _named(self, old: str, new: str) -> None:
        """Take a board's own name in place of its port's."""
        with self._naming:
            holder = self.boards.get(new) if new != old else None
            if holder is not None and holder.state == "lost":
                raise UsageError(f"this is {new}, which was lost", f"its next command finds it here: @{new} ls :")
            if holder is not None and not holder.nameless:
                raise UsageError(f"a board called '{new}' is connected already", "give this one another name")
            if holder is not None:
                self._call_otherwise(holder)
                self._rekey(new, holder.name)
            self._rekey(old, new)
            if new != old:
                self._former[old] = new
        self.events.emit(BoardConnected(new))

    def _call_otherwise(self, board: Board) -> None:
        """Call a board that was not met, and so has only its port's name, so that no other is called the same."""
        name = board.name
        numbered = (f"{name}-{number}" for number in itertools.count(2))
        board.call_for_now(next(other for other in numbered if other not in self.boards))

    def _rekey(self, old: str, new: str) -> None:
        if new == old:
            return
        self.boards = {new if name == old else name: board for name, board in self.boards.items()}
        self._former = {former: new if name == old else name for former, name in self._former.items()}
        if self.current == old:
            self.current = new
        if self.here.place == old:
            self.here = Here(new, self.here.path)

    def _forget_place(self, name: str) -> None:
        if self.current == name:
            self.current = next(iter(self.boards), None)
        host = Here(HOST, self.host_directory)
        if self.here.place == name:
            self.here = host
        if self.previous.place == name:
            self.previous = host
