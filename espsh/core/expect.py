"""What may stand at a place of a line: the understanding that completing and colouring share with running. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from espsh.core.command import Command, Parameter
from espsh.core.match import HELP_WORDS, is_option
from espsh.core.params import FLAG
from espsh.core.parser import Kind, RestRule, Token, tokenize

Lookup = Callable[[str], "Command | None"]


class Place(Enum):
    """What the word at the cursor is."""

    COMMAND = "command"
    BOARDS = "boards"
    OPTION = "option"
    VALUE = "value"
    TARGET = "target"
    FREE = "free"


class Expectation(NamedTuple):
    """The word at the cursor: where it stands, whose it is, and which parameters it may be the value of.

    ``word.start`` is where the text that a completion replaces begins; ``lead`` is the part of the word that stays
    (``--format=``); ``before`` are the command's words in front of it, without options. ``TARGET`` is what follows
    ``>``; ``FREE`` is taken as it stands, or a comment.
    """

    place: Place
    word: Token
    command: Command | None = None
    parameters: tuple[Parameter, ...] = ()
    lead: str = ""
    before: tuple[str, ...] = ()


def expectation(text: str, lookup: Lookup, rest_rule: RestRule) -> Expectation:
    """Return what the word at the end of ``text`` may become."""
    tokens = tokenize(text, rest_rule)
    part = tokens[_last_command(tokens) :]
    at_word = bool(part) and part[-1].end == len(text) and part[-1].kind is not Kind.OPERATOR
    word = part[-1] if at_word else Token(Kind.WORD, "", len(text), len(text))
    before = part[:-1] if at_word else part
    if word.kind in (Kind.REST, Kind.COMMENT) or any(token.kind is Kind.REST for token in before):
        return Expectation(Place.FREE, word)
    if word.kind is Kind.BOARDS or (word.text == "@" and not before):
        return Expectation(Place.BOARDS, word)
    if before and before[-1].kind is Kind.OPERATOR:
        return Expectation(Place.TARGET, word)
    words = _words(before)
    if not words:
        return Expectation(Place.COMMAND, word)
    command = lookup(words[0].text)
    if command is None:
        return Expectation(Place.FREE, word)
    return _in_command(command, words[1:], word)


def parameters_of(command: Command, words: Sequence[Token]) -> list[tuple[Token, Parameter | None]]:
    """Return each of a command's words with the parameter it is the value of, None for an option's spelling."""
    found: list[tuple[Token, Parameter | None]] = []
    for position, word in enumerate(words):
        expected = _in_command(command, words[:position], word)
        found.append((word, expected.parameters[0] if expected.parameters and not expected.lead else None))
    return found


def _in_command(command: Command, before: Sequence[Token], word: Token) -> Expectation:
    awaiting, literal = None, False
    positional: list[str] = []
    for earlier in before:
        if awaiting is not None:
            awaiting = None
        elif earlier.text == "--" and not literal:
            literal = True
        elif not literal and is_option(earlier, command):
            awaiting = _awaiting(command, earlier.text)
        else:
            positional.append(earlier.text)
        literal = literal or len(positional) == command.literal_from
    if awaiting is not None:
        return Expectation(Place.VALUE, word, command, (awaiting,))
    name, equals, _value = word.text.partition("=")
    if equals and not literal and name.startswith("--") and name in command.spellings:
        option = command.spellings[name]
        return Expectation(Place.VALUE, word, command, (option,), lead=f"{name}=")
    if not literal and (word.text == "-" or is_option(word, command)):
        return Expectation(Place.OPTION, word, command)
    return Expectation(Place.VALUE, word, command, _positional(command, len(positional)), before=tuple(positional))


def _awaiting(command: Command, text: str) -> Parameter | None:
    """Return the option of ``text`` whose value is the next word, or None."""
    if text in HELP_WORDS or "=" in text:
        return None
    option = command.spellings.get(text) or (None if text.startswith("--") else command.spellings.get(f"-{text[-1]}"))
    return option if option is not None and option.declaration.type is not FLAG else None


def _positional(command: Command, position: int) -> tuple[Parameter, ...]:
    """Return which arguments the word at ``position`` may be: after one that takes many, it may be a later one."""
    arguments = command.arguments
    split = next((i for i, a in enumerate(arguments) if getattr(a.declaration, "many", "")), len(arguments))
    if position < split:
        return arguments[position : position + 1]
    return arguments[split:] if position > split else arguments[split : split + 1]


def _last_command(tokens: Sequence[Token]) -> int:
    """Return where the last command of the line begins."""
    ends = [i for i, token in enumerate(tokens) if token.kind is Kind.OPERATOR and token.text == ";"]
    return ends[-1] + 1 if ends else 0


def _words(tokens: Sequence[Token]) -> list[Token]:
    """Return the command and its words: no boards, no redirection."""
    words: list[Token] = []
    redirected = False
    for token in tokens:
        if token.kind is Kind.WORD and not redirected:
            words.append(token)
        redirected = token.kind is Kind.OPERATOR and token.text in (">", ">>")
    return words
