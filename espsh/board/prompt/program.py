"""The user's own code: started once it is on the board whole, never sent again once it may have started."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from espsh.base.deadline import Deadline
from espsh.board.prompt import small_stack
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.failures import clean_traceback, errno_of, kind_of, parse_traceback, program_error
from espsh.board.prompt.frames import MARK, Record, Splitter
from espsh.board.prompt.remote import Remote, RestartedError, literal
from espsh.board.prompt.replies import Reply, new_nonce
from espsh.board.prompt.toolbox import ATTEMPTS
from espsh.errors import RemoteError, TransferError

RESTART = re.compile(rb"rst:0x[0-9a-f]+ \(|rst cause:\d|soft reboot\r?\n")
_NO_IMPORT = 3
"""The status of an answer of importing.py: the firmware has no os.mount, or does not import .mpy files."""
_LAST_END = re.compile(rb"\x04([^\x04]*)\x04>\Z")
_EMPTY_END = b"\x04\x04>"
_STRANGERS = 5.0
"""Seconds that a program may go on after it printed what ends a command: one that did so by chance in binary data has
ended by then or is taken for one whose end was damaged."""
_MAYBE_END = re.compile(rb"\x04(\x04>?)?\Z")
_TAIL = 600
_QUIET = 1.0
"""Seconds of silence after which an answer that looks ended is taken as ended."""

_RUNNERS = {"exec": ("running",), "eval": ("running",), "mpy": ("running", "importing")}
_OWN_FRAMES = {"exec": 1, "eval": 1, "mpy": 2}
"""By mode: the snippets that run a program, and how many calls of theirs a traceback begins with."""

Output = Callable[[bytes], None]


class Running(Reply):
    """The answer of a program: its output goes out as it comes, the rest is kept apart."""

    def __init__(self, nonce: str, output: Output) -> None:
        super().__init__(nonce)
        self.error = bytearray()
        self._output = output
        self._items = Splitter()
        self._tail = b""
        self._held = b""
        self._over_since: float | None = None
        self.asking = False

    def feed(self, data: bytes) -> None:
        """Take more of what the board sent."""
        for item in self._items.feed(data):
            if isinstance(item, bytes):
                self._pass_on(item)
            elif item.nonce == self.nonce:
                self._note(item)
            else:
                self._pass_on(item.text.encode())

    def ask_again(self) -> None:
        """Begin a new exchange about the same call. What a program that has started said is not said again."""
        self.asking = self.started
        self._over_since = None
        self.acks = ()
        self.rest.clear()

    @property
    def started(self) -> bool:
        """Whether the program is known to have started."""
        return 0 in self.rows

    @property
    def looks_over(self) -> bool:
        """Whether the last bytes are those of a command's end."""
        return _LAST_END.search(self._tail) is not None

    @property
    def error_text(self) -> bytes:
        """What the raw REPL said of an end without an answer."""
        match = _LAST_END.search(self._tail)
        return match[1] if match else b""

    @property
    def was_over(self) -> bool:
        """Whether the end of a command came some time ago, and only strangers printed since."""
        return self._over_since is not None and time.monotonic() - self._over_since > _STRANGERS

    @property
    def restarted(self) -> bool:
        """Whether the last output is that of a board that starts."""
        return bool(RESTART.search(self._tail))

    def _note(self, record: Record) -> None:
        if record.text.startswith("+"):
            self.rows[int(record.text[1:])] = ""  # +0 the program starts, +1 its traceback comes
        else:
            self.final = record
            if not self.started and (lost := self.stray):
                self._say(lost)  # its start was lost on the line; what it said was not

    def _pass_on(self, data: bytes) -> None:
        if not self.started and data.startswith(MARK) and self.heard:
            self.rows[0] = ""  # damaged, and what comes first after the echo is the news of the start
            return
        if not self.started or self.final or self.asking:
            self.rest += self._held + data
            self._held = b""
            return
        self._tail = (self._tail + data)[-_TAIL:]
        if self._over_since is None and _EMPTY_END in self._tail:
            self._over_since = time.monotonic()
        if data.startswith(MARK) and b" %s " % self.nonce.encode() in data:
            return  # a damaged record of ours; it will be asked for again
        data = self._held + data
        cut = _MAYBE_END.search(data)
        self._held = cut[0] if cut else b""
        self._say(data[: len(data) - len(self._held)])

    def flush(self) -> None:
        """Let go of what looked like the beginning of the end, but was the program's own."""
        held, self._held = self._held, b""
        self._say(held)

    def _say(self, data: bytes) -> None:
        if not data:
            return
        if 1 in self.rows:
            self.error += data
        else:
            self._output(data)


def run(remote: Remote, text: bytes, mode: str, filename: str, argv: Sequence[str], output: Output) -> str:
    """Run ``text`` (``exec``; ``mpy``: a .mpy file as base64) or evaluate it (``eval``), and return the value's repr.

    Raises RemoteError for the program's exception, TransferError when it could not be started or its end not heard.
    """
    if mode == "eval":
        text = text.strip()
    remote.keep(text)
    running = Running(new_nonce(), output)
    for attempt in range(ATTEMPTS):
        try:
            # The same call again once it has started: its answer is repeated, the program does not run twice.
            running.ask_again()
            _start(remote, running, text, mode, filename, argv)
            _follow(remote, running)
        except DamagedError as error:
            try:
                remote.damaged(error)
            except RestartedError:
                if attempt:  # an earlier attempt may have started it
                    raise
                remote.keep(text)
            continue
        said = running.final.text if running.final else "?"
        if said == "?":
            raise _news_lost()
        if said.startswith("=(2,"):  # the source was not there whole: nothing ran
            remote.keep(text)
            running = Running(new_nonce(), output)
            continue
        answer = _answer(literal(said[1:]))
        if answer.status and (harm := _harm(remote, kind_of(answer.value), bytes(running.error))):
            if harm.ran:
                raise _news_lost()
            remote.damaged(DamagedError("the command was damaged"))
            running = Running(new_nonce(), output)
            continue
        return _result(answer, clean_traceback(bytes(running.error), filename, own_frames=_OWN_FRAMES[mode]))
    raise TransferError("the line to the board damages too much", "check the cable; try a lower baud rate: --baud")


def _news_lost() -> TransferError:
    return TransferError("it is not known how the program ended", "it ran, but the line damaged the news of its end")


def _start(remote: Remote, running: Running, text: bytes, mode: str, filename: str, argv: Sequence[str]) -> None:
    if remote.toolbox.small_stack and mode == "mpy":
        raise RemoteError("this board is too small to run a .mpy from memory", "run its source")
    remote.toolbox.install(("lean",) if remote.toolbox.small_stack else _RUNNERS[mode])
    if not remote.toolbox.small_stack:
        values = f"{remote.toolbox.facts.digest(text)},{mode!r},{ascii(filename)},{ascii(list(argv))}"  # noqa: RUF010 - ascii, not repr
        remote.toolbox.start(f"run,{values}".encode(), running)
        return
    running.final = small_stack.begin(remote, running.nonce, text)
    if running.final is not None:
        return
    if running.started:
        raise _news_lost()
    remote.repl.send(small_stack.command(mode))
    deadline = Deadline(10, _QUIET)
    while not (running.started or running.final):
        data = remote.repl.link.receive(deadline)
        running.feed(data)
        if not data or running.end is not None:
            raise DamagedError("the program did not start", running.end or b"")


def _follow(remote: Remote, running: Running) -> None:
    """Listen until the program is over, for as long as it takes."""
    while running.final is None:
        data = remote.repl.link.receive(Deadline(math.inf, _QUIET))
        running.feed(data)
        if running.final is not None:
            break
        if running.was_over:
            raise DamagedError("the program's end was damaged")
        if running.asking and not data:
            raise DamagedError("the board did not repeat the program's end")
        if (running.asking or not running.started) and running.end is not None:
            raise DamagedError("the program did not start", running.end)
        if data:
            continue
        if running.restarted and not running.looks_over:
            remote.toolbox.forget()
            raise RemoteError("the board restarted while the program ran", kind="Reset")
        if running.looks_over:
            remote.repl.ready = True
            kind, said, number = parse_traceback(running.error_text.decode("utf-8", "replace"))
            if kind and _harm(remote, kind, running.error_text):
                raise _news_lost()
            if kind:  # an exception in our own frame around the program: no memory left for an answer
                raise program_error(kind, said, number, running.error_text.decode("utf-8", "replace"))
            raise DamagedError("the program's end was damaged")
        running.flush()
    remote.drain(running)


class _Answer(NamedTuple):
    """What the board says of a program that is over: ``value`` is its value's repr, or the class of its exception."""

    status: int
    value: str
    said: str
    arguments: str


def _result(answer: _Answer, traceback: str) -> str:
    if answer.status == 0:
        return answer.value
    if answer.status == _NO_IMPORT:
        raise RemoteError("this board's firmware imports no .mpy from memory", "run its source")
    kind = kind_of(answer.value)
    if kind == "SystemExit" and answer.said in ("", "None", "0"):
        return ""
    raise program_error(kind, answer.said, errno_of(answer.arguments), traceback)


def _answer(value: Any) -> _Answer:
    if not (isinstance(value, tuple) and len(value) == 4):
        raise TransferError("the board's answer makes no sense", detail=repr(value))
    return _Answer(*value)


def _harm(remote: Remote, kind: str, traceback: bytes) -> small_stack.Damage | None:
    return small_stack.damage(kind, traceback) if remote.toolbox.small_stack else None
