"""A command's words against its declaration: which word is which parameter. Pure; binding values comes after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from espsh.core.command import Command, Opt, Parameter
from espsh.core.nearest import nearest
from espsh.core.params import FLAG, Choice, Scope
from espsh.core.parser import Invocation, Kind, Token
from espsh.errors import UsageError

HELP_WORDS = ("-h", "--help")
_NUMBER = re.compile(r"-\d+(\.\d*)?")


class Matched:
    """Each parameter's words by the parameter's name; ``wants_help`` where ``--help`` was among them."""

    def __init__(self) -> None:
        self.words: dict[str, list[Token]] = {}
        self.wants_help = False


def match(command: Command, invocation: Invocation) -> Matched:
    """Give each word of ``invocation`` to a parameter of ``command``; raise UsageError where one fits nowhere."""
    matched = Matched()
    positional: list[Token] = []
    words = iter(invocation.words[1:])
    for word in words:
        if len(positional) == command.literal_from:
            positional.extend((word, *words))
        elif word.text == "--" and word.quote == "":
            positional.extend(words)
        elif not is_option(word, command):
            positional.append(word)
        elif word.text in HELP_WORDS and word.text not in command.spellings:
            matched.wants_help = True
            return matched
        else:
            _take_option(command, word, words, matched)
    if invocation.rest:
        positional.append(Token(Kind.REST, invocation.rest, 0, 0))
    _take_positional(command, positional, matched)
    return matched


def bind(command: Command, matched: Matched, scope: Scope) -> dict[str, Any]:
    """Turn the words into the keyword arguments of the command's function."""
    return bind_some((*command.arguments, *command.options), matched, scope)


def bind_some(parameters: Iterable[Parameter], matched: Matched, scope: Scope) -> dict[str, Any]:
    """Return the values of some of a command's parameters."""
    values: dict[str, Any] = {}
    for parameter in parameters:
        words = matched.words.get(parameter.name)
        if words is None:
            values[parameter.name] = [] if _takes_many(parameter) else parameter.default
            if parameter.default is not None:
                values[parameter.name] = parameter.default
        else:
            values[parameter.name] = _value(parameter, words, scope)
    return values


def _value(parameter: Parameter, words: list[Token], scope: Scope) -> Any:
    kind = parameter.declaration.type
    if kind is FLAG:
        return True
    values = [kind.parse(word, scope) for word in words]
    if not _takes_many(parameter):
        return values[-1]
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _takes_many(parameter: Parameter) -> bool:
    return bool(parameter.declaration.many)


def is_option(word: Token, command: Command) -> bool:
    """Tell whether a word is an option: it begins with ``-`` and is neither a number nor ``-`` alone."""
    text = word.text
    if not text.startswith("-") or text == "-":
        return False
    return text in command.spellings or not _NUMBER.fullmatch(text)


def _take_option(command: Command, word: Token, words: Iterator[Token], matched: Matched) -> None:
    name, equals, value = word.text.partition("=")
    if name in command.spellings and (equals == "" or name.startswith("--")):
        _set(command.spellings[name], name, Token(Kind.WORD, value, 0, 0) if equals else None, words, matched)
        return
    if name.startswith("--"):
        raise _unknown_option(command, name)
    _take_letters(command, word.text, words, matched)


def _take_letters(command: Command, text: str, words: Iterator[Token], matched: Matched) -> None:
    """Read ``-la`` as ``-l -a`` and ``-n5`` as ``-n 5``."""
    for position, letter in enumerate(text[1:], 1):
        option = command.spellings.get(f"-{letter}")
        if option is None:
            raise _unknown_option(command, f"-{letter}")
        attached = text[position + 1 :]
        if option.declaration.type is not FLAG:
            _set(option, f"-{letter}", Token(Kind.WORD, attached, 0, 0) if attached else None, words, matched)
            return
        matched.words[option.name] = []


def _set(option: Parameter, name: str, value: Token | None, words: Iterator[Token], matched: Matched) -> None:
    if option.declaration.type is FLAG:
        if value is not None:
            raise UsageError(f"option {name} takes no value")
        matched.words[option.name] = []
        return
    value = value or next(words, None)
    if value is None:
        raise UsageError(f"option {name} needs a value: {option.declaration.type.metavar}")
    matched.words[option.name] = [*matched.words.get(option.name, ()), value] if _takes_many(option) else [value]


def _unknown_option(command: Command, name: str) -> UsageError:
    known = [*command.spellings, *HELP_WORDS]
    hint = nearest(name, [s for s in known if s.startswith("--")]) if name.startswith("--") else None
    return UsageError(f"no option {name}", hint or f"usage: {command.usage}")


def _missing(argument: Parameter) -> str:
    kind = argument.declaration.type
    words = f": {', '.join(kind.choices)}" if isinstance(kind, Choice) else ""
    return f"{argument.name.removesuffix('s').upper()} is missing{words}"


def _take_positional(command: Command, words: list[Token], matched: Matched) -> None:
    """Give single arguments their word from both ends; the one that takes many gets the middle."""
    arguments = command.arguments
    needed = [argument for argument in arguments if _is_required(argument)]
    if len(words) < len(needed):
        raise UsageError(_missing(needed[len(words)]), f"usage: {command.usage}")
    split = next((i for i, argument in enumerate(arguments) if _takes_many(argument)), len(arguments))
    before, rest = arguments[:split], arguments[split:]
    remaining = list(words)
    for argument in before:
        if remaining:
            matched.words[argument.name] = [remaining.pop(0)]
    for argument in reversed(rest[1:]):
        if remaining:
            matched.words[argument.name] = [remaining.pop()]
    if rest and remaining:
        matched.words[rest[0].name] = remaining
    elif remaining:
        raise UsageError(f"'{remaining[0].text}' is one word too many", f"usage: {command.usage}")


def _is_required(argument: Parameter) -> bool:
    assert not isinstance(argument.declaration, Opt)
    return argument.declaration.many == "+" or (argument.required and argument.declaration.many not in ("*", "..."))
