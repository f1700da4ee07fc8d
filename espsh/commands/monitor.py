"""What a board says, live, and what that means."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from espsh.api import (
    HOST_FILE,
    PORT,
    ConnectError,
    Context,
    Diagnosis,
    EspshError,
    InterruptedByUserError,
    LinkLostError,
    Number,
    Opt,
    Output,
    Styled,
    UsageError,
    command,
    harmless,
)

if TYPE_CHECKING:
    from espsh.api import Board, Crash, News, Symbols

_SLICE = 0.1
"""Seconds after which a line that has not ended is shown as far as it came: a prompt, a progress of dots."""
_CALM = 0.25
"""Seconds of silence listened to in one go where no line is open."""
_RETURN = 0.5
"""Seconds that a port which has gone is waited for in one go: kill has to come through in between."""
_LONGEST = 1000
_END = re.compile(rb"\r?\n|\r(?=[^\n])")
_ROLES = {
    "reset": "board", "chip": "board", "banner": "good",
    **dict.fromkeys(("panic", "abort", "assert", "crash", "brownout", "watchdog", "backtrace"), "bad"),
    **dict.fromkeys(("registers", "rom"), "dim"),
}  # fmt: skip
_LEVELS = {"E": "bad", "D": "dim", "V": "dim"}
_MARK = "--"
"""What stands before lines that are espsh's own among those of the board."""

_SECONDS = Number("SECONDS", 0, whole=False)


@command(
    boards="each",
    needs="port",
    streams=True,
    examples=(
        "monitor", "monitor --log boot.log --timestamps", "monitor -p /dev/ttyUSB0 --elf firmware.elf",
        "@all monitor --log logs &   # a file for each board, while you go on",
    ),
)  # fmt: skip
def monitor(
    ctx: Context,
    *,
    port: Annotated[str | None, Opt("-p", "--port", help="the board on this port, connected or not", type=PORT)] = None,
    log: Annotated[
        str | None,
        Opt("--log", help="append all bytes as they come to this file, or to BOARD.log there", type=HOST_FILE),
    ] = None,
    elf: Annotated[str | None, Opt("--elf", help="the firmware's ELF: where a crash was", type=HOST_FILE)] = None,
    timestamps: Annotated[bool, Opt("-t", "--timestamps", help="begin each line with the time it came")] = False,
    seconds: Annotated[float | None, Opt("--for", help="end after this time", type=_SECONDS)] = None,
) -> None:
    """Show what the board says until Ctrl-C, and say in words why it starts, crashes or does not come up.

    Nothing is sent to the board: a program on it goes on, and a board that never comes to a prompt can be watched.
    Lines that begin with -- are espsh's. What a loop of crashes means is said once. A board that is unplugged is
    waited for. For several boards --log names a folder.
    """
    if port is not None and ctx.scope.fanned:
        raise UsageError("-p names one port, and these are several boards", "connect it, and name it in the set")
    with (
        contextlib.nullcontext() if elf is None else _symbols(elf) as symbols,
        ctx.at(port) as board,
        contextlib.nullcontext() if log is None else _log(ctx, Path(log), board.name) as keep,
    ):
        end = math.inf if seconds is None else time.monotonic() + seconds
        view = _View(ctx.out, symbols, timestamps=timestamps)
        ctx.out.note(f"{board.name}: listening; {ctx.ended_by} ends it")
        with contextlib.suppress(KeyboardInterrupt, InterruptedByUserError):
            for data in _heard(ctx, board, lambda: _SLICE if view.waits else _CALM, end):
                if keep:
                    keep(data)
                view.show(data)
        view.end()


def _heard(ctx: Context, board: Board, patience: Callable[[], float], end: float) -> Iterator[bytes]:
    """Yield what the board says until ``end``, ``b""`` for each silence. A port that goes is waited for."""
    is_gone = board.link.lost is not None and _say_gone(ctx, board)
    while (left := end - time.monotonic()) > 0:
        ctx.heed()
        try:
            data = board.listen(min(left, patience()), min(left, _RETURN))
        except (LinkLostError, ConnectError):
            if board.state == "closed" or board.link.lost is None:
                raise
            is_gone = is_gone or _say_gone(ctx, board)
            continue
        if is_gone and board.link.lost is None:
            is_gone = False
            ctx.out.note(f"{board.name}: it is back")
        yield data


def _say_gone(ctx: Context, board: Board) -> bool:
    ctx.out.note(f"{board.name}: the board is gone: {board.link.lost}; waiting for it to come back")
    return True


class _View:
    """Shows lines as they come, with what they mean below them."""

    def __init__(self, out: Output, symbols: Symbols | None, *, timestamps: bool) -> None:
        self._out = out
        self._symbols = symbols
        self._timestamps = timestamps
        self._diagnosis = Diagnosis()
        self._rest = b""
        self._is_open = False
        self._reason = ""
        self._decoded: list[int] = []

    @property
    def waits(self) -> bool:
        """Whether a line has begun that was not shown."""
        return bool(self._rest)

    def show(self, data: bytes) -> None:
        """Show the lines that ``data`` ends; of the last one what is there, when nothing more came for a while."""
        *lines, self._rest = _END.split(self._rest + data)
        for line in lines:
            self._show_line(line)
        if self._rest and (not data or len(self._rest) > _LONGEST):
            self._begin()
            self._out.data(harmless(self._rest.rstrip(b"\r")).encode())
            self._tell(self._diagnosis.feed(self._rest))
            self._rest = b""

    def end(self) -> None:
        """Show what is left."""
        if self._rest or self._is_open:
            self._show_line(self._rest)

    def _show_line(self, line: bytes) -> None:
        news = self._diagnosis.feed(line + b"\n")
        text = harmless(line)
        if self._is_open:
            self._out.data(text.encode() + b"\n")
            self._is_open = False
        else:
            self._out.text(*self._stamp(), Styled(text, _role(news)))
        self._tell(news)

    def _begin(self) -> None:
        if not self._is_open:
            self._out.data("".join(f"{cell} " for cell in self._stamp()).encode())
        self._is_open = True

    def _stamp(self) -> list[Styled]:
        if not self._timestamps:
            return []
        now = datetime.now().astimezone()
        return [Styled(f"{now:%H:%M:%S}.{now.microsecond // 1000:03}", "dim")]

    def _tell(self, news: Iterable[News]) -> None:
        for item in news:
            if item.boot and item.boot.reason.words != self._reason:
                self._reason = item.boot.reason.words
                self._say(f"started by {self._reason}", "board")
            if item.loop or item.findings:
                self._explain(item)
            crash = self._diagnosis.boot.crash
            if self._symbols and crash and item.fact.kind in ("backtrace", "elf"):
                self._decode(crash, self._symbols)

    def _explain(self, item: News) -> None:
        """Say what is new. What follows from a cause that was said needs no word of its own."""
        verdict = self._diagnosis.verdict
        if item.loop:
            self._say(f"in a loop: {verdict.text} · {verdict.fix}", "bad")
            return
        for finding in item.findings:
            if finding.weight == "note" or finding == verdict.finding:
                self._say(f"{finding.title} · {finding.fix}", "dim" if finding.weight == "note" else "bad")

    def _decode(self, crash: Crash, symbols: Symbols) -> None:
        """Say where a crash was, once for each. A RISC-V prints no backtrace, but names its ELF at the end."""
        if crash.addresses != self._decoded:
            self._decoded = crash.addresses
            for frame in symbols.frames(crash):
                self._say(frame, "board")

    def _say(self, text: str, role: str) -> None:
        if self._is_open:
            self._out.data(b"\n")
            self._is_open = False
        self._out.text(Styled(f"{_MARK} {text}", role))


def _role(news: list[News]) -> str:
    fact = news[-1].fact if news else None
    if fact is None:
        return ""
    return _LEVELS.get(fact.fields["level"], "") if fact.kind == "log" else _ROLES.get(fact.kind, "")


def _symbols(elf: str) -> Symbols:
    from espsh.api import Symbols  # pyelftools, which only this needs

    return Symbols(elf)


@contextlib.contextmanager
def _log(ctx: Context, path: Path, board: str) -> Iterator[Callable[[bytes], object]]:
    """Yield what puts bytes into a file as they come: what was said before the host crashed is in it."""
    try:
        if ctx.scope.fanned:
            path.mkdir(parents=True, exist_ok=True)
        with (path / f"{board}.log" if path.is_dir() else path).open("ab", buffering=0) as file:
            yield file.write
    except BrokenPipeError:  # nobody reads what is shown
        raise
    except FileExistsError:
        raise UsageError(f"{path} is a file", "several boards have a file each: name a folder") from None
    except OSError as error:
        raise EspshError(f"{path}: {(error.strerror or str(error)).lower()}") from None
