"""One board behind a port: its files, its Python, its clock."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from espsh.base.events import EventBus
from espsh.base.files import Entry, Incoming
from espsh.board.copying.download import NOTHING, Part, Wish, collect
from espsh.board.copying.refusals import Refusals
from espsh.board.copying.upload import News, upload
from espsh.board.files.filesystem import LEFT_OVER, BoardFiles
from espsh.board.files.flatfiles import FlatFiles
from espsh.board.meeting.connection import Connection
from espsh.board.meeting.names import NameStore
from espsh.board.meeting.restarting import RestartingBoard
from espsh.board.meeting.search import Search
from espsh.board.prompt import program
from espsh.board.prompt.remote import IDLE, check_source
from espsh.board.prompt.snippets import CALLED
from espsh.board.prompt.toolbox import ATTEMPTS
from espsh.board.wire import Wire
from espsh.errors import ConnectError, LinkLostError, RemoteError, TransferError
from espsh.ports.open import PortSettings

if TYPE_CHECKING:
    from espsh.board.mount.mount import Mounts


class Heap(NamedTuple):
    """A board's heap after a garbage collection, in bytes."""

    free: int
    used: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.free + self.used


class Board(RestartingBoard):
    """A board on a port of ours, with all that it holds."""

    def __init__(self, connection: Connection) -> None:
        """Use :meth:`open` or :meth:`connect`."""
        super().__init__(connection)
        self._files: BoardFiles | None = None
        self._mounts: Mounts | None = None
        connection.on_met = self._met
        connection.on_restart = self._forget_listings
        connection.on_lost = self._lost

    @classmethod
    def open(
        cls, url: str, *, settings: PortSettings, events: EventBus, names: NameStore | None, name: str | None = None,
        refusals: Refusals | None = None, search: Search | None = None,
    ) -> Board:  # fmt: skip
        """Open ``url``, and ask nothing of who is behind it; ``search`` is what finds it again. Raises ConnectError."""
        return cls(Connection(url, settings, events, names, refusals, name, search))

    @classmethod
    def connect(
        cls, url: str, *, settings: PortSettings, events: EventBus, names: NameStore | None, name: str | None = None,
        refusals: Refusals | None = None,
    ) -> Board:  # fmt: skip
        """Open ``url``, come to the board's prompt, and learn who it is and what it can do.

        Raises ConnectError (or PortBusyError, PortDeniedError) that says what is behind the port.
        """
        board = cls.open(url, settings=settings, events=events, names=names, name=name, refusals=refusals)
        try:
            board.meet()
        except BaseException:
            board.close()
            raise
        return board

    @property
    def files(self) -> BoardFiles:
        """Its filesystem."""
        if self._files is None:
            self.meet()
        assert self._files is not None
        return self._files

    @property
    def mounts(self) -> Mounts:
        """Directories of the host on it."""
        if self._mounts is None:
            from espsh.board.mount.mount import Mounts

            self._mounts = Mounts(self._connection)
        return self._mounts

    # Python on the board

    def execute(
        self, source: str | bytes, *, output: Callable[[bytes], None], filename: str = "<stdin>",
        argv: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Run the user's code in the globals of the board's prompt; its output goes to ``output`` as it comes.

        Raises RemoteError with the board's traceback, also for SystemExit unless its value is 0 or None.
        """
        self._program(source, "exec", filename, argv, output)

    def execute_mpy(
        self, data: bytes, *, output: Callable[[bytes], None], filename: str, argv: Sequence[str] = ()
    ) -> None:
        """Run a .mpy file, from the board's memory, as :meth:`execute` runs its source.

        It is a module that begins with the prompt's names and hands its own back at its end; the names that its
        functions see stay the module's. Raises RemoteError also where the board cannot do that.
        """
        from base64 import b64encode

        if not self.abilities.base64:
            raise RemoteError("this board has no binascii, by which a .mpy comes to its memory", "run its source")
        self._program(b64encode(data), "mpy", filename, argv, output)

    def evaluate(self, expression: str) -> str:
        """Return the repr of the expression's value. What it prints is told as StrayOutput."""
        return self._program(expression, "eval", "<stdin>", (), self._connection.stray)

    def call(self, snippet: str, function: str, *arguments: object) -> Any:
        """Return the value of ``function(*arguments)``, a function of the snippet ``espsh/onboard/<snippet>.py``.

        Where a plugin has a snippet of that name it is the plugin's.

        It runs once, whatever the line does. Its value must be one that ``repr`` can spell.
        """
        self.files.forget_listings()
        return self.rows(function, *arguments, snippets=(CALLED.get(snippet, snippet),))[1]

    def heap(self) -> Heap:
        """Return the heap after a garbage collection."""
        free, used = self.rows("heap", snippets=("clock",), repeatable=True)[1]
        return Heap(free, used)

    def time(self) -> datetime:
        """Return the date and time of the board's clock, as it keeps it (without a time zone)."""
        value = self.rows("clock", snippets=("clock",), repeatable=True)[1]
        if value is None:
            raise RemoteError("this board has no clock")
        year, month, day, _, hour, minute, second = value[:7]
        return datetime(year, month, day, hour, minute, second)

    def set_time(self, when: datetime) -> None:
        """Set the board's real-time clock."""
        _, missing = self.rows(
            "set_clock", when.year, when.month, when.day, when.weekday(), when.hour, when.minute, when.second, 0,
            snippets=("clock",), repeatable=True,
        )  # fmt: skip
        if missing:
            raise RemoteError("this board has no clock that can be set")

    # The prompt

    def interrupt(self) -> None:
        """Come to the board's prompt. What ran was begun by us: that it is interrupted is not told."""
        with self._connection.using():
            self._remote.toolbox.expect_ourselves()
            self._remote.toolbox.prompt()

    @contextlib.contextmanager
    def repl(self) -> Iterator[Wire]:
        """Yield the wire to the friendly prompt; afterwards the raw REPL is entered again when it is needed."""
        with self._connection.using():
            if not self._remote.repl.ready:
                self._remote.repl.enter()
            self._remote.repl.leave()
            wire = Wire(self.link, self._connection.open_unasked)
        try:
            with self.link.owner, self._mounts.kept(wire) if self._mounts else contextlib.nullcontext():
                yield wire
        finally:
            wire.end()
            self._remote.toolbox.leave_to_user()
            self.files.forget_listings()

    def close(self) -> None:
        """Leave the board at its friendly prompt, with nothing of ours mounted, and close the port."""
        if self._mounts is not None:
            self._mounts.end()
        super().close()

    # What the parts of a board share

    @property
    def damages(self) -> int:
        """How often an exchange was damaged so far."""
        return self._remote.damages

    @property
    def mount_points(self) -> Sequence[str]:
        """Where directories of the host are: what is there is not the board's."""
        return [mounted.point for mounted in self._mounts] if self._mounts else ()

    @property
    def lean(self) -> bool:
        """Whether the board has so little memory that helpers come one at a time."""
        return self._remote.toolbox.lean

    def rows(
        self, function: str, *arguments: object, snippets: Sequence[str] = (), repeatable: bool = False,
        idle: float = IDLE, subject: str = "",
    ) -> tuple[list[Any], Any]:  # fmt: skip
        """Run a function of a snippet; return what it emitted and its value."""
        with self._asking(), self._sparing_mounts(arguments):
            return self._remote.rows(
                function, *arguments, snippets=snippets, repeatable=repeatable, idle=idle, subject=self._about(subject)
            )

    def gather(
        self, function: str, *arguments: object, snippets: Sequence[str], idle: float, subject: str
    ) -> tuple[list[Any], bool]:
        """Run a function once; return the first rows that came without a gap, and whether that is all."""
        with self._asking():
            return self._remote.gather(function, *arguments, snippets=snippets, idle=idle, subject=self._about(subject))

    def part(self, path: str, wish: Wish) -> Part:
        """Ask once for a part of a file; with its end comes the digest of the whole."""
        with self._asking(), _broken_off(path):
            try:
                return collect(self._remote, path, wish, subject=self._about(path))
            except LinkLostError as error:
                self._connection.await_return(error)
                return NOTHING

    def upload(self, files: Sequence[Incoming], told: Callable[[News], None]) -> None:
        """Write files by one stream of checked frames; ``told`` hears how it goes."""
        done = 0
        for again in itertools.count():
            first = done
            try:
                broken_off = _broken_off(next((file.path for file in files[first:]), "all"))
                with self._asking(), self._sparing_mounts(()), broken_off:
                    for news in upload(self._remote, files[first:], begun=again > 0):
                        done += news.verified
                        told(news._replace(number=first + news.number))
            except LinkLostError as error:
                if again == ATTEMPTS:
                    raise
                self._connection.await_return(error)
            else:
                return

    @contextlib.contextmanager
    def hurried(self, size: int) -> Iterator[None]:
        """Copy ``size`` bytes, where it pays over a faster line."""
        with self._connection.using(), self._connection.rate.raised(size):
            yield

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Have the board for a question, behind which what was seen of its root is old: as it was met for this one."""
        with self._connection.using():
            self.files.end_glimpse()
            yield

    def _sparing_mounts(self, arguments: Sequence[object]) -> contextlib.AbstractContextManager[None]:
        return self._mounts.spared(arguments) if self._mounts else contextlib.nullcontext()

    def _program(
        self, source: str | bytes, mode: str, filename: str, argv: Sequence[str], output: Callable[[bytes], None]
    ) -> str:
        text = source.encode() if isinstance(source, str) else source
        check_source(text)
        with self._connection.using():
            self.files.forget_listings()
            if self._mounts:
                self._mounts.freshen()
            return program.run(self._remote, text, mode, filename, argv, output)

    def _met(self, root: list[Entry] | None) -> None:
        """Use what was seen of the root: sweep what a cut copy left there."""
        self._files = (FlatFiles if self.abilities.flat else BoardFiles)(self)
        if root is None:
            return
        if LEFT_OVER.isdisjoint(entry.path for entry in root):
            self._files.glimpse("/", root)
        else:
            self._files.sweep()

    def _forget_listings(self) -> None:
        if self._files is not None:
            self._files.forget_listings()

    def _lost(self) -> None:
        self._forget_listings()  # what was seen last is no answer of a board that is gone


@contextlib.contextmanager
def _broken_off(path: str) -> Iterator[None]:
    """Say of a board that falls silent in the middle of a copy what that leaves."""
    try:
        yield
    except ConnectError as error:
        message = f"{path}: the copy broke off: {error.message}; what was at its target is as it was"
        raise TransferError(message, error.hint) from None
