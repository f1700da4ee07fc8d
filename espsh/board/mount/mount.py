"""Directories of the host on a board: mounted, answered for, mounted again on a board that has restarted."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from espsh.base.events import Notice
from espsh.board.meeting.connection import Connection
from espsh.board.meeting.reaching import READY
from espsh.board.mount.answers import Answers
from espsh.board.mount.folder import Folder
from espsh.board.mount.respondent import Respondent
from espsh.board.prompt.program import RESTART
from espsh.board.prompt.rawrepl import FRIENDLY
from espsh.board.wire import Wire
from espsh.errors import EspshError, LinkLostError, RemoteError, UsageError

_SNIPPETS = ("asking", "mounted", "forgetting", "mounting")
_IDLE = 10.0
"""Seconds in which a board mounts; a mount of a killed session there takes six to be silent."""
_ROOMY = 60_000
_BLOCKS = {True: 1024, False: 256}
"""Bytes that a board reads ahead, by whether its heap is roomy."""
_AROUND = 8
"""Bytes of a frame around its payload, and one to spare."""
_TAKEN = 17
_TAIL = 40
_SETTLED = 0.2
"""Seconds without a word after which a board at its prompt waits there."""


class Mounted(NamedTuple):
    """A directory of the host and where the board sees it."""

    directory: str
    point: str
    writable: bool


class Mounts:
    """The mounts of one board. All answers come from one thread, which runs while there is a mount."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._respondent: Respondent | None = None
        self._mounted: dict[str, Mounted] = {}
        self._answers = Answers(self._tell)
        self._next = random.randrange(1000, 9000)  # a killed session's mount should have another
        self._restarted = False
        self._tail = b""
        self._wire: Wire | None = None
        self._said_more = threading.Event()
        connection.on_use = self._restore
        connection.on_open = self._reopen

    def __iter__(self) -> Iterator[Mounted]:
        return iter(list(self._mounted.values()))

    def add(self, directory: str, point: str, *, writable: bool) -> None:
        """Mount ``directory`` of the host at ``point``, an absolute path on the board, and make that its cwd.

        What was mounted there before goes. Raises UsageError where the board cannot, or has something there.
        """
        with self._connection.using():
            if reason := self._why_not():
                raise UsageError(f"nothing can be mounted on this board: {reason}", "copy the files: rsync")
            self.remove(point)
            self._mount(Mounted(directory, point, writable))
            self._connection.on_restart()

    def remove(self, point: str) -> bool:
        """Unmount what is at ``point``; return False where nothing of the host is."""
        mounted = self._mounted.pop(point, None)
        if mounted is None:
            return False
        with self._connection.using():
            self._connection.remote.call("unmount_host", point, snippets=_SNIPPETS, repeatable=True, idle=_IDLE)
            self._answers.close(point)
            self._connection.on_restart()
        if not self._mounted:
            self._stop()
        return True

    def end(self) -> None:
        """The session ends: unmount all where the board is at its prompt; what runs there gets EIO."""
        for mounted in self:
            if told := self._end(mounted):
                self._tell(f"{mounted.directory} {told}")
        self._stop()
        self._mounted.clear()

    def _end(self, mounted: Mounted) -> str:
        """Return what the user should know of the end of a mount: it was of no use, or it is missed."""
        if self._connection.state != READY:
            return ""
        if not self._connection.remote.repl.ready:
            return f"is no longer behind :{mounted.point}; what runs there gets OSError EIO for its files"
        try:
            self.remove(mounted.point)
        except EspshError as error:
            return f"is no longer behind :{mounted.point}, which the board could not be told: {error.message}"
        return (
            ""
            if self._answers.asked
            else f"was mounted for this session only: -c 'mount {mounted.directory}; run FILE'"
        )

    def freshen(self) -> None:
        """Let the board import its modules anew where the host's files have changed since it read them.

        All that came from that directory goes: a module may hold names of another one. So does what came from elsewhere
        and is there by now. Called before a program runs.
        """
        for mounted in self:
            changed = self._answers.changed(mounted.point)
            if any(path.endswith((".py", ".mpy")) for path in changed):
                self._connection.remote.call("forget_modules", mounted.point, snippets=_SNIPPETS, repeatable=True)
                names = ", ".join(sorted(changed))
                self._tell(f"{names} changed on the host: imports from :{mounted.point} are made anew")
            self._forget(mounted.point)

    def spared(self, arguments: Sequence[object]) -> contextlib.AbstractContextManager[None]:
        """Let espsh's own work on the board's files change nothing here, nor walk in where it was not sent.

        ``arguments`` are what that work is about: ``rm -r :/`` is not about the host.
        """
        return self._answers.spared(arguments)

    @contextlib.contextmanager
    def kept(self, wire: Wire) -> Iterator[None]:
        """Mount again at once when the board restarts while the user has its prompt on ``wire``."""
        self._wire = wire
        try:
            yield
        finally:
            self._wire = None

    # The board

    def _why_not(self) -> str:
        has = self._connection.abilities
        lacks = [name for name, there in (
            ("directories", has.stat and has.ilistdir), ("sys.stdin.buffer", has.binary), ("select.poll", has.poll),
            ("binascii", has.crc32 and has.base64),
        ) if not there]  # fmt: skip
        return f"it has no {', no '.join(lacks)}" if lacks else ""

    def _mount(self, mounted: Mounted) -> None:
        """Mount on a board at its prompt. Raises UsageError, or what the board says."""
        self._listen()
        roomy = self._connection.abilities.heap >= _ROOMY
        self._next += 1
        number, room = self._next, _BLOCKS[roomy]
        remote = self._connection.remote
        try:
            inflates = remote.call(
                "mount_host", number, mounted.point, room + _AROUND, snippets=_SNIPPETS, repeatable=True, idle=_IDLE
            )
        except RemoteError as error:
            if error.errno == _TAKEN:
                raise UsageError(f":{mounted.point} is there already", "mount it elsewhere: mount DIR :/NAME") from None
            if error.kind == "AttributeError":
                raise UsageError("this board's firmware has no os.mount", "copy the files: rsync") from None
            raise
        self._answers.deflated = roomy and inflates
        epoch = self._connection.abilities.epoch
        folder = Folder(Path(mounted.directory), writable=mounted.writable, room=room, epoch=epoch)
        self._answers.open(mounted.point, number, folder)
        self._mounted[mounted.point] = mounted
        remote.toolbox.staying = frozenset(_SNIPPETS)
        self._forget(mounted.point, _modules(remote.call("imported", snippets=_SNIPPETS, repeatable=True)))

    def _forget(self, point: str, elsewhere: Iterable[str] = ()) -> None:
        """Let the board import anew what it has from ``elsewhere``, as from its flash, and is at ``point`` now."""
        if (found := self._answers.importing(point, elsewhere)) and (
            forgotten := _modules(self._connection.remote.call("forget", found, snippets=_SNIPPETS))
        ):
            self._tell(f"imports of {', '.join(forgotten)} are made anew, from :{point}")

    def _restore(self) -> None:
        """Mount again what a restart has taken away; called with the board at hand, before each use."""
        toolbox = self._connection.remote.toolbox
        if not self._mounted or (toolbox.has(_SNIPPETS) and not self._restarted):
            return
        if self._restarted:
            toolbox.forget()
        self._restarted = False
        for mounted in self:
            self._answers.close(mounted.point)
        for mounted in self:
            told = f"{mounted.directory} is mounted at :{mounted.point} again"
            try:
                self._mount(mounted)
            except LinkLostError:
                self._restarted = True
                raise
            except EspshError as error:
                del self._mounted[mounted.point]
                told = f"{mounted.directory} is no longer mounted at :{mounted.point}: {error.message}"
            self._tell(told)

    def _tell(self, text: str) -> None:
        self._connection.tell(Notice(self._connection.name, text))

    # The line

    def _listen(self) -> None:
        if self._respondent is None or self._respondent.link is not self._connection.link:
            self._stop()
            self._respondent = Respondent(self._connection.link, self._answers, self._hear)

    def _reopen(self) -> None:
        """The port was opened again: whatever the board asks has an answer at once."""
        if self._mounted:
            self._listen()

    def _stop(self) -> None:
        if self._respondent is not None:
            self._respondent.end()
            self._respondent = None
        self._connection.remote.toolbox.staying = frozenset()

    def _hear(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-_TAIL - len(data) :]
        if restart := RESTART.search(self._tail):
            self._restarted = True
            self._tail = self._tail[restart.end() :]
        if data:
            self._said_more.set()
        if self._restarted and self._wire is not None and self._tail.endswith(FRIENDLY):
            self._said_more.clear()
            threading.Thread(target=self._restore_on, args=(self._wire,), name="espsh-remount", daemon=True).start()

    def _restore_on(self, wire: Wire) -> None:
        """Mount again below the user's prompt, once the board that has restarted waits there."""
        if not self._said_more.wait(_SETTLED):
            with contextlib.suppress(EspshError):  # a port that is lost is told on the wire; the rest comes back later
                wire.borrow(self._restore_below)

    def _restore_below(self) -> bytes:
        if not self._restarted:
            return b""
        try:
            self._restore()
        finally:
            self._connection.remote.repl.leave_wholly()
        return b"\r\n" + FRIENDLY


def _modules(answer: object) -> list[str]:
    """Return the names of modules in a board's answer, which may be anything where the board means harm."""
    names = answer if isinstance(answer, list) else []
    return [name for name in names if isinstance(name, str) and name.isidentifier()]
