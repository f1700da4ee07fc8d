"""How fast boards run Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from espsh.api import DURATION, Cell, Choice, Context, Number, Opt, Styled, Table, command
from espsh_plugins.onboard import ask

ESPSH_API = 1

_LONGEST = 1 << 24
"""Iterations at most: beyond it a clock that stands still would keep the board busy for good."""

# Twice as many iterations until they last long enough, then the best of several runs: what interrupts a run only slows.
_RUN = f"""
import time
def answer(before,body,ms,runs):
 d={{}}
 exec(before+'\\ndef f(n):\\n for i in range(n):\\n  '+body,d)
 f=d['f']
 def once(n):
  t=time.ticks_us()
  f(n)
  return time.ticks_diff(time.ticks_us(),t)
 n=16
 while once(n)<ms*500 and n<{_LONGEST}:n*=2
 return n,min([once(n) for _ in range(runs)])
"""


class Benchmark(NamedTuple):
    """A statement that is run again and again, and what goes before it; short, for boards with little memory."""

    name: str
    body: str
    before: str = ""


BENCHMARKS = (
    Benchmark("loop", "pass"),
    Benchmark("integer", "x=(i*3+1)&255"),
    Benchmark("float", "x=i*1.5+.5"),
    Benchmark("list", "l[i&7]=l[i&3]", "l=[0]*8"),
    Benchmark("dict", "m['k']=m['j']", "m={'j':1,'k':2}"),
    Benchmark("attribute", "o.a=o.a", "class O:a=1\no=O()"),
    Benchmark("call", "g(i)", "def g(x):return x"),
    Benchmark("allocate", "x=[i,i]"),
    Benchmark("format", "x='%d:%s'%(i,'x')"),
    Benchmark("bytes", "x=b.find(b'z')", "b=b'a'*256"),
)
"""Those of one name stay as they are: results are compared over years."""


class Rate(NamedTuple):
    """The best of several runs: ``iterations`` in ``microseconds``."""

    iterations: int
    microseconds: int

    @property
    def per_second(self) -> float:
        """Iterations in a second, the loop around the statement included."""
        return self.iterations * 1e6 / self.microseconds


_CLOCK = """
def answer():
 try:
  import machine
  f=machine.freq()
  return f[0] if isinstance(f,tuple) else f
 except (ImportError,AttributeError):return 0
"""


@command(
    boards="set",
    examples=("pybench", "@all pybench", "pybench --only float --runs 10"),
)
def pybench(
    ctx: Context,
    *,
    runs: Annotated[int, Opt("--runs", help="take the best of so many runs (default 3)", type=Number("N", 1))] = 3,
    time: Annotated[float, Opt("--time", help="a run lasts up to so long (default 100ms)", type=DURATION)] = 0.1,
    only: Annotated[
        list[str],
        Opt("--only", help="just this one", type=Choice(tuple(one.name for one in BENCHMARKS)), many=True),
    ] = [],  # noqa: B006 - never changed
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Measure how often in a second boards go through a loop with one statement of Python in it.

    Each number is that of a whole turn, with the loop around the statement: take
    the row "loop" off in your mind. It is the best of several runs of 50 to 100
    ms, on the board's own clock. A virtual board runs as fast as this computer.
    """
    if not ctx.boards:
        ctx.board.meet()  # before that it is called after its port
    names = ctx.boards or [ctx.board.name]
    chosen = [one for one in BENCHMARKS if one.name in (only or one.name)]
    measured: dict[str, dict[str, Rate]] = {}
    clocks: dict[str, int] = {}

    def measure(name: str) -> None:
        board = ctx.session.board(name)
        clocks[name] = ask(board, _CLOCK, read=int)
        rates = {}
        for one in chosen:
            if ctx.ending.is_set():
                return
            rates[one.name] = ask(board, _RUN, one.before, one.body, round(time * 1000), runs, read=_rate)
        measured[name] = rates

    try:
        ctx.on_each(names, measure)
    finally:
        done = [name for name in names if name in measured]
        if json or ctx.options.json:
            ctx.out.json({name: _facts(clocks[name], measured[name]) for name in done})
        elif done:
            ctx.out.table(_table(done, clocks, measured, chosen))


def _table(
    names: Sequence[str], clocks: Mapping[str, int], measured: Mapping[str, Mapping[str, Rate]],
    chosen: Sequence[Benchmark],
) -> Table:  # fmt: skip
    rows: list[list[Cell]] = [[Styled("clock", "dim"), *(_clock(clocks[name]) for name in names)]]
    rows += [[one.name, *(f"{measured[name][one.name].per_second:,.0f}" for name in names)] for one in chosen]
    return Table(("iterations/s", *(f">{name}" for name in names)), rows)


def _clock(hertz: int) -> str:
    return f"{hertz / 1e6:g} MHz" if hertz else "?"


def _facts(clock: int, rates: Mapping[str, Rate]) -> dict[str, object]:
    return {
        "clock_hz": clock or None,
        "iterations_per_second": {name: round(rate.per_second) for name, rate in rates.items()},
    }


def _rate(found: Sequence[int]) -> Rate:
    iterations, microseconds = found
    # A clock with coarse ticks may have seen nothing pass.
    return Rate(int(iterations), max(1, int(microseconds)))
