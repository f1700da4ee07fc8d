"""The pins of a board: what they are for, their levels, and setting them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

from espsh.api import (
    DURATION,
    Arg,
    Candidate,
    Choice,
    Context,
    Opt,
    RemoteError,
    Scope,
    Styled,
    Table,
    Text,
    UsageError,
    command,
)
from espsh_plugins.onboard import ask, call, explained
from espsh_plugins.pins import FORCED, WITH_PINS, Pin, check_use, pinout

ESPSH_API = 1

_ACTIONS = ("read", "set", "watch", "pinout")
_PULL = Choice(("up", "down"))
_LEVELS = {"0": 0, "off": 0, "low": 0, "1": 1, "on": 1, "high": 1, "toggle": 2}
_HARMLESS = ("input", "strapping")
"""Uses that do not mind if their pin becomes an input."""

_OPEN = """
from machine import Pin
def opened(n,mode,pull):
 try:
  if mode:return Pin(n,Pin.IN,getattr(Pin,'PULL_'+pull) if pull else None)
  return Pin(n)
 except (ValueError,TypeError) as e:raise ValueError('GPIO%d: %s'%(n,e))
"""
_READ = f"""{_OPEN}
def answer(numbers,mode,pull):return [opened(n,mode,pull).value() for n in numbers]
"""
_SET = f"""{_OPEN}
def answer(n,level):
 p=opened(n,0,'')
 v=1-p.value() if level>1 else level
 p.init(Pin.OUT,value=v)
 return v
"""
_WATCH = f"""{_OPEN}
import time
def answer(numbers,mode,pull,every,span):
 pins=[opened(n,mode,pull) for n in numbers]
 last=[None]*len(pins)
 start=time.ticks_ms()
 while 1:
  t=time.ticks_diff(time.ticks_ms(),start)
  for i in range(len(pins)):
   v=pins[i].value()
   if v!=last[i]:
    last[i]=v
    print('%d.%03d GPIO%d %d'%(t//1000,t%1000,numbers[i],v))
  if 0<=span<=t:return
  time.sleep_ms(every if span<0 else max(1,min(every,span-t)))
"""


class _Word(Text):
    """A pin, or the level to set it to."""

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer pins by the action, where the boards are of one chip that is known here; levels after a pin to set."""
        match scope.before:
            case ("set", _):
                found = [Candidate(level) for level in _LEVELS if level.isalpha()]
            case ("set",):
                found = [_offered(pin) for pin in _pins(scope) if not pin.use]
            case ("read" | "watch", *named):
                found = [_offered(pin) for pin in _pins(scope) if str(pin.number) not in named]
            case _:
                found = []
        return (candidate for candidate in found if candidate.text.startswith(prefix))


def _pins(scope: Scope) -> Sequence[Pin]:
    return pinout(scope.chips[0]) if len(scope.chips) == 1 else ()


def _offered(pin: Pin) -> Candidate:
    return Candidate(str(pin.number), meaning=f"{pin.use} {pin.functions}".strip())


class _Mode(NamedTuple):
    """How pins are opened: as they are, or made an input, with a pull-up or -down."""

    input: bool
    pull: str


@command(
    boards="each",
    examples=(
        "gpio pinout                # what each pin of this chip is for",
        "gpio read 4 5              # levels, nothing is changed",
        "gpio read 0 --pull up",
        "gpio set 4 on",
        "gpio set 2 toggle --force  # the LED of many boards, on a strapping pin",
        "@all gpio set 4 off",
        "gpio watch 0 --for 10s     # each change, with the time",
    ),
)
def gpio(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do")],
    words: Annotated[list[str], Arg(_Word("PIN"), "pins by number; for set a pin and on, off or toggle", many="*")],
    *,
    input: Annotated[bool, Opt("--input", help="read, watch: make the pin an input first")] = False,  # noqa: A002 - its name
    pull: Annotated[
        str, Opt("--pull", help="make it an input with a pull-up or -down", type=Choice(("up", "down")))
    ] = "",
    every: Annotated[float, Opt("--every", help="watch: look so often (default 10ms)", type=DURATION)] = 0.01,
    span: Annotated[float | None, Opt("--for", help="watch: so long, else until Ctrl-C", type=DURATION)] = None,
    chip: Annotated[str, Opt("--chip", help="pinout: of this chip, without a board", type=Choice(WITH_PINS))] = "",
    force: Annotated[bool, Opt("--force", help="pins that the chip needs for itself, too")] = False,
    json: Annotated[bool, Opt("--json", help="read, pinout: for a program to read")] = False,
) -> None:
    """Read pins, set one, watch for changes, or show what each pin of the chip is for.

    A pin that the flash, the console or the start of the chip needs is refused
    without --force. Reading leaves a pin as it is, so one that nobody has made
    an input may read 0 whatever is wired to it: --input or --pull changes that.
    Changes that are shorter than --every may be missed.
    """
    as_json = json or ctx.options.json
    if action == "pinout":
        _no_words(words)
        _show_pinout(ctx, chip or ctx.board.identity.chip, as_json=as_json)
    elif action == "set":
        _set(ctx, words, force=force)
    else:
        numbers, mode = [_number(word) for word in words], _Mode(input or pull != "", pull.upper())
        if not numbers:
            raise UsageError(f"{action} which pins?", f"gpio {action} 4 5")
        if mode.input and not force:
            for number in numbers:
                check_use(ctx.board.identity.chip, number, allowed=_HARMLESS)
        if action == "read":
            _read(ctx, numbers, mode, as_json=as_json)
        else:
            _watch(ctx, numbers, mode, max(1, round(every * 1000)), -1 if span is None else round(span * 1000))


def _read(ctx: Context, numbers: Sequence[int], mode: _Mode, *, as_json: bool) -> None:
    levels = ask(ctx.board, _READ, numbers, *mode, read=lambda found: [int(level) for level in found])
    if as_json:
        ctx.out.json(dict(zip(map(str, numbers), levels, strict=False)))
        return
    for number, level in zip(numbers, levels, strict=False):
        ctx.out.text(f"GPIO{number}", level)


def _set(ctx: Context, words: Sequence[str], *, force: bool) -> None:
    if len(words) != 2 or words[1] not in _LEVELS:
        raise UsageError("set takes a pin and a level", f"gpio set 4 on; levels: {', '.join(_LEVELS)}")
    number = _number(words[0])
    check_use(ctx.board.identity.chip, number, allowed=FORCED if force else ())
    level = ask(ctx.board, _SET, number, _LEVELS[words[1]], read=int)
    ctx.out.text(f"GPIO{number}", level)


def _watch(ctx: Context, numbers: Sequence[int], mode: _Mode, every: int, span: int) -> None:
    if ctx.scope.fanned and span < 0:
        raise UsageError("several boards are watched for a time", "--for 10s")
    try:
        ctx.board.execute(call(_WATCH, numbers, *mode, every, span), output=ctx.out.program)
    except RemoteError as error:
        raise explained(error) from None


def _show_pinout(ctx: Context, chip: str, *, as_json: bool) -> None:
    pins = pinout(chip)
    if not pins:
        raise UsageError(f"there is no table of the pins of {chip or 'this chip'}", f"of these: {', '.join(WITH_PINS)}")
    if as_json:
        ctx.out.json([pin._asdict() for pin in pins])
    else:
        ctx.out.table(Table((">GPIO", "use", "functions", "note"), [_row(pin) for pin in pins]))


def _row(pin: Pin) -> tuple[int, Styled, str, str]:
    return pin.number, Styled(pin.use, "bad" if pin.use in ("flash", "input") else "dim"), pin.functions, pin.note


def _number(word: str) -> int:
    digits = word.upper().removeprefix("GPIO").removeprefix("IO")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 4):
        raise UsageError(f"'{word}' is no pin", "a number: 4, or GPIO4")
    return int(digits)


def _no_words(words: Sequence[str]) -> None:
    if words:
        raise UsageError(f"'{words[0]}' is one word too many", "gpio pinout [--chip CHIP]")
