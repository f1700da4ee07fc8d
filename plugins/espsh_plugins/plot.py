"""The numbers that a program prints, drawn while they come."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from typing import Annotated

from espsh.api import (
    DURATION,
    HOST,
    HOST_FILE,
    PATH,
    TEXT,
    Arg,
    Cell,
    ConnectError,
    Context,
    InterruptedByUserError,
    LinkLostError,
    Location,
    Number,
    Opt,
    Styled,
    Table,
    UsageError,
    command,
    harmless,
)
from espsh_plugins.plot_live import Drawing, Source, Taking
from espsh_plugins.plot_picture import number, role_of
from espsh_plugins.plot_saved import check, kept
from espsh_plugins.plot_series import MOST, MOST_ROWS, CsvLines, Record, Series

ESPSH_API = 1

_MOST_LINES = 100_000
_SLICE = 0.2
"""Seconds that are listened in one go."""


@command(
    boards="one",
    needs="port",
    streams=True,
    examples=(
        "plot                          # what the running program prints, until q or Ctrl-C",
        "plot main.py                  # runs it, as run does",
        "plot :/app/sensor.py --last 2000",
        "plot --exec 'import adc; adc.loop()' --csv > log.csv",
        "plot --for 10s --save adc.png # a chart; --save adc.csv: the numbers",
    ),
)
def plot(
    ctx: Context,
    file: Annotated[Location | None, Arg(PATH, "a program to run; else the board is listened to")] = None,
    *,
    code: Annotated[str | None, Opt("-e", "--exec", help="code to run", type=TEXT)] = None,
    last: Annotated[
        int, Opt("--last", help="how many lines the picture shows (default 500)", type=Number("N", least=2))
    ] = 500,
    seconds: Annotated[float | None, Opt("--for", help="end after this time", type=DURATION)] = None,
    csv: Annotated[bool, Opt("--csv", help="print CSV on a terminal, too")] = False,
    save: Annotated[
        str | None, Opt("--save", help="keep all in FILE.csv, or draw it as .png, .svg, .pdf", type=HOST_FILE)
    ] = None,
) -> None:
    """Draw the numbers that a program prints as lines on the terminal.

    A line counts where all of it is numbers, with names or without: 1.5, 1.5,2.0, temp:21.5 hum:40, a=1 b=2, tuples
    and dicts. Other lines are shown above the picture. It ends with the program, by q or by Ctrl-C; the picture stays,
    with figures of each series. Without a terminal the numbers are printed as CSV.
    """
    if file is not None and code is not None:
        raise UsageError("name a program or give code, not both", "plot FILE, or plot --exec CODE")
    if last > _MOST_LINES:
        raise UsageError(f"a picture of {last} lines is too much", f"--last {_MOST_LINES} at most")
    if save is not None:
        check(save)
    record, over = Record(last, MOST_ROWS if save else 1), threading.Event()
    source = _source(ctx, file, code, over)
    with kept(record, save, ctx.files(Location(HOST, save))) if save else contextlib.nullcontext():
        if csv or not ctx.terminal.interactive:
            _print(ctx, record, source, seconds)
            return
        try:
            Drawing(ctx, record).run(source, over, seconds)
        finally:
            _show_figures(ctx, record)


def _source(ctx: Context, file: Location | None, code: str | None, over: threading.Event) -> Source:
    if file is None and code is None:
        return lambda taking: _listen(ctx, taking, over)
    name = file.name if file else "<stdin>"
    text = code or ""
    if file is not None:
        text = _program(ctx, file)
    return lambda taking: ctx.board.execute(text, output=taking.feed, filename=name)


def _program(ctx: Context, file: Location) -> str:
    try:
        return b"".join(ctx.files(file).read(file.path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file}: this is not UTF-8", "plot takes a program, as run does") from None


def _listen(ctx: Context, taking: Taking, over: threading.Event) -> None:
    """Take what the board says; nothing is sent, so that a program on it goes on. A port that goes is waited for."""
    board, is_gone = ctx.board, False
    taking.cut()
    while not over.is_set():
        ctx.heed()
        try:
            taking.feed(board.listen(_SLICE, _SLICE))
            is_gone = is_gone and board.link.lost is not None
        except (LinkLostError, ConnectError):
            if board.state == "closed" or board.link.lost is None:
                raise
            if not is_gone:
                ctx.out.note(f"{board.name}: the board is gone: {board.link.lost}; waiting for it to come back")
            is_gone = True
            taking.cut()
    taking.cut()


def _print(ctx: Context, record: Record, source: Source, seconds: float | None) -> None:
    """Print rows as CSV as they come, and other lines as remarks."""
    csv = CsvLines()
    taking = Taking(
        record, lambda row: ctx.out.data(csv.lines(row).encode()), lambda line: ctx.out.note(harmless(line.encode()))
    )
    timer = threading.Timer(seconds, ctx.board.cancel) if seconds is not None else None
    with contextlib.suppress(InterruptedByUserError, KeyboardInterrupt):
        try:
            if timer:
                timer.start()
            source(taking)
            taking.end()
        finally:
            if timer:
                timer.cancel()
    _remark(ctx, record)


def _show_figures(ctx: Context, record: Record) -> None:
    rows = [
        _figures(Styled(name, role_of(place)), series)
        for place, (name, series) in enumerate(record.series.items())
        if series.count
    ]
    if rows:
        ctx.out.table(Table(("series", ">numbers", ">least", ">mean", ">most", ">last"), rows, spare=("numbers",)))
    _remark(ctx, record)


def _remark(ctx: Context, record: Record) -> None:
    """Say what is not in the picture or the table; more than that where nothing is."""
    if not record.count:
        ctx.out.note("no line had numbers")
    odd = sum(series.odd for series in record.series.values())
    for count, what in ((odd, "numbers were not finite"), (record.left_out, f"numbers beyond {MOST} series left out")):
        if count:
            ctx.out.note(f"{count} {what}")


def _figures(name: Styled, series: Series) -> Sequence[Cell]:
    values = series.least, series.mean, series.most, series.last
    return name, series.count, *(number(value) for value in values)
