"""Checks what stands under ``@command`` and makes a :class:`Command` of it: what is wrong is said when it is taken.

Ours go through the same checks as everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, get_args, get_type_hints

from espsh.core.command import MARK, Arg, Boards, Command, DeclarationError, Mark, Needs, Opt, Parameter
from espsh.core.match import HELP_WORDS
from espsh.core.params import FLAG
from espsh.core.parser import parse
from espsh.errors import EspshError

_SPELLING = re.compile(r"-[^\W_]|--[^\W_][\w-]*[^\W]")
_STARRED, _GENERATOR = 0x0C, 0x2A0  # of code.co_flags: *args or **kwargs; a generator or a coroutine


def build(function: Callable[..., None], source: str) -> Command:
    """Check a marked function's declaration and return the command; raise DeclarationError."""
    mark: Mark = getattr(function, MARK)
    text = _without_indent(function.__doc__ or "")
    parameters = list(_parameters(function))
    arguments = tuple(p for p in parameters if isinstance(p.declaration, Arg))
    options = tuple(p for p in parameters if isinstance(p.declaration, Opt))
    spellings: dict[str, Parameter] = {}
    for option in options:
        for spelling in _spellings(option):
            if spelling in spellings:
                _wrong(function, f"option {spelling} is there twice")
            spellings[spelling] = option
    for problem in (*_of_mark(mark), *_of_text(text), *_of_arguments(arguments, mark), *_of_options(mark, spellings)):
        _wrong(function, problem)
    return Command(
        name=mark.name,
        function=function,
        boards=mark.boards,
        needs=mark.needs,
        arguments=arguments,
        options=options,
        summary=text.splitlines()[0].rstrip("."),
        text=text,
        aliases=mark.aliases,
        rest=mark.rest,
        examples=mark.examples,
        source=source,
        spellings=spellings,
        streams=mark.streams,
        shows=mark.shows,
        destroys=mark.destroys,
    )


def _wrong(function: Callable[..., None], problem: str) -> NoReturn:
    code = function.__code__
    mark: Mark = getattr(function, MARK)
    raise DeclarationError(f"{mark.name}: {problem}", code.co_filename, code.co_firstlineno)


def _of_mark(mark: Mark) -> Iterator[str]:
    names = (mark.name, *mark.aliases)
    yield from (f"'{name}' is no word that a line can begin with" for name in names if not _is_word(name))
    yield from (f"'{name}' is there twice" for name in set(names) if names.count(name) > 1)
    for what, value, known in (("boards", mark.boards, get_args(Boards)), ("needs", mark.needs, get_args(Needs))):
        if value not in known:
            yield f"{what}={value!r} is none of: {', '.join(known)}"
    if isinstance(mark.examples, str):
        yield "examples are a tuple of lines: examples=('…',)"


def _is_word(name: str) -> bool:
    """Tell whether a line of just ``name`` is that command."""
    try:
        found = parse(name)
    except EspshError:
        return False
    return len(found) == 1 and found[0].name == name and not found[0].boards and name.isprintable()


def _of_text(text: str) -> Iterator[str]:
    if not text:
        yield "the docstring is missing, whose first line is its summary"


def _of_arguments(arguments: tuple[Parameter, ...], mark: Mark) -> Iterator[str]:
    several = [argument.name for argument in arguments if argument.declaration.many]
    if len(several) > 1:
        yield f"only one argument may take many words: {', '.join(several)}"
    yield from (
        f"'{a.name}' takes all words that are left, and is not the last" for a in arguments[:-1] if _takes_all(a)
    )
    if mark.rest is not None and not arguments:
        yield "it takes the rest of the line, and has no argument for it"
    yield from (f"argument '{a.name}' can never be filled: FLAG is for options" for a in arguments if _is_flag(a))


def _of_options(mark: Mark, spellings: dict[str, Parameter]) -> Iterator[str]:
    for spelling, option in spellings.items():
        if not _SPELLING.fullmatch(spelling):
            yield f"option {spelling} is spelled neither -x nor --word"
        if spelling == HELP_WORDS[-1]:
            yield f"option {spelling} is every command's"
        if option.required:
            yield f"option {spelling} needs a default, since it may be left out"
        if _is_flag(option) and option.default:
            yield f"option {spelling} can never be off: a flag's default is False"
    if mark.destroys and "-y" not in spellings:
        yield "what destroys needs an option -y, which says yes beforehand"


def _takes_all(argument: Parameter) -> bool:
    return argument.declaration.many == "..."


def _is_flag(parameter: Parameter) -> bool:
    return parameter.declaration.type is FLAG


def _spellings(option: Parameter) -> tuple[str, ...]:
    assert isinstance(option.declaration, Opt)
    return option.declaration.spellings


def _parameters(function: Callable[..., None]) -> Iterator[Parameter]:
    code = function.__code__
    if not code.co_argcount:
        _wrong(function, "its first parameter is the context: (ctx, …)")
    if code.co_flags & _STARRED or code.co_posonlyargcount > 1:
        _wrong(function, "*args, **kwargs and parameters before a / can never be filled: each has a name and an Arg(…)")
    if code.co_flags & _GENERATOR:
        _wrong(function, "it is a generator or a coroutine: its body would never run")
    positional = code.co_varnames[1 : code.co_argcount]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = {
        **dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False)),
        **(function.__kwdefaults__ or {}),
    }
    hints = _hints(function)
    for argument in (*positional, *keywords):
        metadata = getattr(hints.get(argument), "__metadata__", ())
        declaration = next((item for item in metadata if isinstance(item, Arg | Opt)), None)
        if declaration is None:
            _wrong(function, f"parameter '{argument}' has no Arg(…) or Opt(…)")
        if isinstance(declaration, Opt) != (argument in keywords):
            _wrong(function, f"options are keyword-only parameters, arguments are not: '{argument}'")
        if isinstance(declaration, Opt) and not declaration.spellings:
            _wrong(function, f"option '{argument}' can never be given: it has no spelling")
        if problem := _of_type(declaration.type):
            _wrong(function, f"parameter '{argument}': {problem}")
        yield Parameter(argument, declaration, defaults.get(argument), argument not in defaults)


def _hints(function: Callable[..., None]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        _wrong(function, f"its annotations cannot be read: {error}")


def _of_type(kind: object) -> str:
    """Say why ``kind`` is no parameter type, or ""."""
    if isinstance(kind, type):
        return f"{kind.__name__} is a class, and no parameter type: a type is an object, as Number() and TEXT are"
    missing = [part for part in ("metavar", "parse", "complete") if not hasattr(kind, part)]
    return f"{kind!r} is no parameter type: it has no {', no '.join(missing)}" if missing else ""


def _without_indent(text: str) -> str:
    """Return a docstring as it was meant: ``inspect`` does the same, and costs 9 ms at every start."""
    first, *rest = text.strip().splitlines() or [""]
    indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[indent:].rstrip() for line in rest)])
