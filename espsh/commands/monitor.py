"""What a board says, live, and what that means."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from espsh.api import (
    HOST_FILE,
    PORT,
    Context,
    Diagnosis,
    EspshError,
    InterruptedByUserError,
    LinkLostError,
    Number,
    Opt,
    Output,
    Styled,
    command,
    harmless,
)

if TYPE_CHECKING:
    from espsh.api import Crash, News, Symbols

_SLICE = 0.1
"""Seconds after which a line that has not ended is shown as far as it came: a prompt, a progress of dots."""
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
    needs="port",
    streams=True,
    examples=("monitor", "monitor --log boot.log --timestamps", "monitor -p /dev/ttyUSB0 --elf firmware.elf"),
)
def monitor(
    ctx: Context,
    *,
    port: Annotated[str | None, Opt("-p", "--port", help="the board on this port, connected or not", type=PORT)] = None,
    log: Annotated[str | None, Opt("--log", help="append all bytes as they come to this file", type=HOST_FILE)] = None,
    elf: Annotated[str | None, Opt("--elf", help="the firmware's ELF: where a crash was", type=HOST_FILE)] = None,
    timestamps: Annotated[bool, Opt("-t", "--timestamps", help="begin each line with the time it came")] = False,
    seconds: Annotated[float | None, Opt("--for", help="end after this time", type=_SECONDS)] = None,
) -> None:
    """Show what the board says until Ctrl-C, and say in words why it starts, crashes or does not come up.

    Nothing is sent to the board: a program on it goes on, and a board that never comes to a prompt can be watched.
    Lines that begin with -- are espsh's. What a loop of crashes means is said once.
    """
    with (
        contextlib.nullcontext() if elf is None else _symbols(elf) as symbols,
        contextlib.nullcontext() if log is None else _log(log) as keep,
        ctx.at(port) as board,
    ):
        end = None if seconds is None else time.monotonic() + seconds
        view = _View(ctx.out, symbols, timestamps=timestamps)
        ctx.out.note(f"{board.name}: listening; Ctrl-C ends")
        with contextlib.suppress(KeyboardInterrupt, InterruptedByUserError):
            while end is None or time.monotonic() < end:
                try:
                    data = board.listen(_SLICE)
                except LinkLostError as error:
                    ctx.out.note(f"{error.message}; waiting for it to come back")
                    continue
                if keep:
                    keep(data)
                view.show(data)
        view.end()


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
        now = datetime.now().astimezone()
        return [Styled(f"{now:%H:%M:%S}.{now.microsecond // 1000:03}", "dim")] if self._timestamps else []

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
def _log(path: str) -> Iterator[Callable[[bytes], object]]:
    """Yield what puts bytes into a file as they come: what was said before the host crashed is in it."""
    try:
        with Path(path).open("ab", buffering=0) as file:
            yield file.write
    except OSError as error:
        raise EspshError(f"{path}: {(error.strerror or str(error)).lower()}") from None
