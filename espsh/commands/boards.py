"""Which boards there are, what they have, and what they are busy with."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import (
    BoardConnected,
    BoardLost,
    Context,
    EspshError,
    Event,
    Number,
    Opt,
    Progress,
    Styled,
    Table,
    command,
    human_size,
)

if TYPE_CHECKING:
    from espsh.api import Board

_SHOWN = ("chip", "firmware", "port", "id", "state")
_WATCHED = ("chip", "port", "id", "firmware", "heap", "flash", "state", "doing")
_SPARE = ("id", "firmware", "flash", "port")
_SIZES = ("heap", "flash")
_ROLES = {"lost": "bad", "ready": "good"}
_SECONDS = Number("SECONDS", 0, whole=False)
_TICK = 0.5
"""Seconds after which it is seen that a board has become busy or idle, of which nobody tells."""

Record = dict[str, Any]


@command(boards="none", examples=("boards", "boards --watch", "boards --json"))
def boards(
    ctx: Context,
    *,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
    watch: Annotated[bool, Opt("-w", "--watch", help="a live table, until q or Ctrl-C")] = False,
    seconds: Annotated[float | None, Opt("--for", help="end --watch after this time", type=_SECONDS)] = None,
) -> None:
    """List the connected boards; a star marks the current one.

    --watch shows what changes, with free heap and flash and what each board does. A board is asked for that only while
    it waits at our prompt. Where the output is no terminal, the table comes again whenever something has changed.
    """
    as_json = json or ctx.options.json
    if watch:
        _watch(ctx, seconds, as_json=as_json)
        return
    records = [_record(ctx, name, board) for name, board in ctx.session.boards.items()]
    if as_json:
        ctx.out.json(records)
    elif not records:
        ctx.out.note("no board is connected; connect one: connect PORT")
    else:
        ctx.out.table(_table(records, _SHOWN))


def _record(ctx: Context, name: str, board: Board) -> Record:
    identity = board.identity
    return {
        "name": name,
        "current": name == ctx.session.current,
        "chip": identity.chip,
        "firmware": identity.firmware,
        "port": board.url,
        "id": identity.unique_id,
        "state": board.state,
    }


def _table(records: Sequence[Record], columns: Sequence[str]) -> Table:
    headings = (f">{column}" if column in _SIZES else column for column in columns)
    return Table(("", "name", *headings), [_row(record, columns) for record in records], _SPARE)


def _row(record: Record, columns: Sequence[str]) -> list[str | Styled]:
    cells: list[str | Styled] = ["*" if record["current"] else "", Styled(str(record["name"]), "board")]
    for column in columns:
        value = record[column]
        text = human_size(value) if column in _SIZES and value is not None else str(value or "?")
        cells.append(Styled(text, _ROLES.get(text, "")) if column == "state" else text)
    return cells


def _watch(ctx: Context, seconds: float | None, *, as_json: bool) -> None:
    with _News(ctx).followed() as news:
        if ctx.terminal.interactive and not as_json:
            ctx.terminal.show(lambda: _table(news.records(), _WATCHED), news.changed, seconds)
        else:
            _print(ctx, news, seconds, as_json=as_json)


def _print(ctx: Context, news: _News, seconds: float | None, *, as_json: bool) -> None:
    """Print what there is whenever it has changed, until Ctrl-C."""
    end = None if seconds is None else time.monotonic() + seconds
    shown: list[Record] | None = None
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            records = news.records()
            if records != shown and as_json:
                ctx.out.json(records)
            elif records != shown:
                ctx.out.table(_table(records, _WATCHED))
            shown = records
            if end is not None and time.monotonic() >= end:
                return
            news.changed.wait(_TICK if end is None else max(0.0, min(_TICK, end - time.monotonic())))
            news.changed.clear()


class _News:
    """What is known of the boards, kept up to date while it is :meth:`followed`.

    A board is asked for its heap and flash once, and again after something was done with it. ``changed`` is set by each
    event that may have changed something.
    """

    def __init__(self, ctx: Context) -> None:
        self.changed = threading.Event()
        self._ctx = ctx
        self._moving: dict[str, str] = {}
        self._free: dict[str, tuple[int, int | None]] = {}
        self._asking = threading.Thread(target=self._ask, name="boards", daemon=True)
        self._wanted = threading.Event()
        self._over = False
        self._asked = ""

    @contextlib.contextmanager
    def followed(self) -> Iterator[_News]:
        """Listen to what happens, and ask boards that are idle."""
        unsubscribe = self._ctx.session.events.subscribe(self._hear)
        self._asking.start()
        try:
            yield self
        finally:
            unsubscribe()
            self._over = True
            self._wanted.set()
            self._asking.join()

    def records(self) -> list[Record]:
        """Return what is known now."""
        records = []
        for name, board in list(self._ctx.session.boards.items()):
            heap, flash = self._free.get(name, (None, None))
            record = _record(self._ctx, name, board)
            records.append({**record, "heap": heap, "flash": flash, "doing": self._doing(name, board)})
        return records

    def _hear(self, event: Event) -> None:
        if isinstance(event, Progress):
            over = event.total is not None and event.done >= event.total
            share = f" {100 * event.done // event.total}%" if event.total else ""
            self._moving[event.board] = "" if over else f"{event.what}{share}"
            if over:
                self._free.pop(event.board, None)
        elif isinstance(event, BoardConnected | BoardLost):
            self._free.pop(event.board, None)
            self._moving.pop(event.board, None)
        self.changed.set()
        self._wanted.set()

    def _ask(self) -> None:
        """Ask each board that is idle and of which it is not known, until all is over."""
        while not self._over:
            self._wanted.clear()
            for name, board in list(self._ctx.session.boards.items()):
                if name not in self._free and self._is_free(board) and not self._over:
                    self._asked = name
                    with contextlib.suppress(EspshError):
                        self._free[name] = (board.heap().free, board.files.space("/").free)
                        self.changed.set()
                    self._asked = ""
            self._wanted.wait(_TICK)

    def _is_free(self, board: Board) -> bool:
        return board.idle and self._ctx.session.jobs.holder(board) is None

    def _doing(self, name: str, board: Board) -> str:
        job = self._ctx.session.jobs.holder(board)
        if job is not None:
            return " ".join(filter(None, (f"%{job.number}", job.text, self._moving.get(name))))
        if board.state != "ready":
            return "-"
        if name == self._asked or board.idle:  # we ask nobody who is not
            return "idle"
        return self._moving.get(name) or ("busy" if board.busy else "its own program")
