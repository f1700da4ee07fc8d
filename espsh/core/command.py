"""What a command is: one declaration that feeds parser, help, completion and colouring.

A command is a function ``(ctx, positional…, *, options…)`` under :func:`command`. Each parameter is annotated
``Annotated[T, Arg(…)]`` or, keyword-only, ``Annotated[T, Opt(…)]``. The decorator only marks; the registry collects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from espsh.core.params import FLAG, ParamType

Boards = Literal["one", "each", "set", "none"]
Needs = Literal["MicroPython", "port"]
Destroys = Callable[[Mapping[str, Any]], "str | None"]
"""Judges the options of a line, bound: what it destroys, as a question begins ("erase the flash"), or None."""
Function = TypeVar("Function", bound=Callable[..., None])

MARK = "__espsh_command__"


class Arg(NamedTuple):
    """A positional parameter. ``many`` is "" for one word, "*" for any number, "+" for at least one.

    "..." is any number as they stand: what begins with ``-`` there is no option of the command.
    """

    type: ParamType
    help: str
    many: Literal["", "*", "+", "..."] = ""


class Opt:
    """An option: its spellings, its meaning, and the type of its value (a flag has none).

    One that is ``many`` may be given again and again; its value is the list of all.
    """

    def __init__(self, *spellings: str, help: str, type: ParamType = FLAG, many: bool = False) -> None:  # noqa: A002 - reads as it is used
        self.spellings = spellings
        self.help = help
        self.type = type
        self.many = many


class Mark(NamedTuple):
    """What :func:`command` leaves on a function."""

    name: str
    boards: Boards
    needs: Needs
    aliases: tuple[str, ...]
    rest: str | None
    examples: tuple[str, ...]
    streams: bool
    shows: bool
    destroys: Destroys | None


class Parameter(NamedTuple):
    """One parameter of a command, bound to the function's argument of the same ``name``."""

    name: str
    declaration: Arg | Opt
    default: Any
    required: bool


class Command(NamedTuple):
    """A command as registered. ``boards`` says for how many boards its body runs: one, each of a set, or none.

    Where it is ``set`` the body runs once for all of them (``ctx.boards``), named by @ or in an argument of type SET.

    One that ``needs`` only the port works on a board that does not run MicroPython, too. Of several boards, one that
    ``streams`` puts out lines as they come, else equal outputs are folded; one that just ``shows`` what boards hold
    leaves out those of a group that are not connected, where any other command refuses. What one ``destroys`` on
    several boards is asked once for all of them, unless its option -y is given (see :mod:`espsh.core.consent`).
    """

    name: str
    function: Callable[..., None]
    boards: Boards
    needs: Needs
    arguments: tuple[Parameter, ...]
    options: tuple[Parameter, ...]
    summary: str
    text: str
    aliases: tuple[str, ...]
    rest: str | None
    examples: tuple[str, ...]
    source: str
    spellings: dict[str, Parameter]
    streams: bool = False
    shows: bool = False
    destroys: Destroys | None = None

    @property
    def usage(self) -> str:
        """The command's form in one line: ``cp [-r] SOURCE… TARGET``."""
        words = [self.name, *(_usage_option(option) for option in self.options)]
        return " ".join([*words, *(_usage_argument(argument) for argument in self.arguments)])

    @property
    def literal_from(self) -> int:
        """How many arguments stand before those that are taken as they stand; -1 where none are."""
        kinds = [getattr(argument.declaration, "many", "") for argument in self.arguments]
        return kinds.index("...") if "..." in kinds else -1


class DeclarationError(Exception):
    """Something is declared wrongly; the message names what is wrong, ``file`` and ``line`` where it stands."""

    def __init__(self, message: str, file: str, line: int) -> None:
        super().__init__(message)
        self.file = file
        self.line = line


def command(
    name: str | None = None,
    *,
    boards: Boards = "one",
    needs: Needs = "MicroPython",
    aliases: tuple[str, ...] = (),
    rest: str | None = None,
    examples: tuple[str, ...] = (),
    streams: bool = False,
    shows: bool = False,
    destroys: Destroys | None = None,
) -> Callable[[Function], Function]:
    """Mark a function as a command.

    ``rest`` makes its last argument take the rest of the line as it stands: "" from the name on, another text
    from that word on. Each example is a line, with a comment if it needs one. ``streams`` says that what it puts out
    is watched while it comes, ``shows`` that it changes nothing, ``destroys`` what is lost by it: see :class:`Command`.
    """

    def mark(function: Function) -> Function:
        called = name or function.__name__
        setattr(function, MARK, Mark(called, boards, needs, aliases, rest, examples, streams, shows, destroys))
        return function

    return mark


def _usage_option(parameter: Parameter) -> str:
    assert isinstance(parameter.declaration, Opt)
    value = f" {parameter.declaration.type.metavar}" if parameter.declaration.type is not FLAG else ""
    return f"[{parameter.declaration.spellings[0]}{value}]{'…' if parameter.declaration.many else ''}"


def _usage_argument(parameter: Parameter) -> str:
    assert isinstance(parameter.declaration, Arg)
    shown = parameter.name.upper().rstrip("S" if parameter.declaration.many else "")
    shown += "…" if parameter.declaration.many else ""
    return shown if parameter.required and parameter.declaration.many not in ("*", "...") else f"[{shown}]"
