"""The user's own names for the beginnings of lines. They count where lines are typed, not in command files."""

from __future__ import annotations

from collections.abc import Mapping

from espsh.core.parser import Kind, RestRule, parse, tokenize
from espsh.errors import EspshError, UsageError


def expand(line: str, aliases: Mapping[str, str], rest_rule: RestRule) -> str:
    """Return ``line`` with each command that is an alias replaced by what that stands for, once."""
    first, places = True, []
    for token in tokenize(line, rest_rule):
        if token.kind is Kind.WORD and first:
            first = False
            if line[token.start : token.end] in aliases:
                places.append(token)
        elif token.kind is Kind.OPERATOR and token.text == ";":
            first = True
    for token in reversed(places):
        line = line[: token.start] + aliases[token.text] + line[token.end :]
    return line


def expand_words(words: tuple[str, ...], aliases: Mapping[str, str], rest_rule: RestRule) -> tuple[str, ...]:
    """Return the words of one command, that a host's shell has split, with an alias replaced.

    Raises UsageError for an alias that is more than one plain command.
    """
    here = 1 if len(words) > 1 and words[0].startswith("@") else 0
    if words[here] not in aliases:
        return words
    meant = aliases[words[here]]
    (only, *more) = parse(meant, rest_rule)
    if more or only.redirect or only.background or (only.boards and here):
        raise UsageError(f"'{words[here]}' stands for '{meant}'", f"say it as a line: espsh -c '{words[here]}'")
    boards = (f"@{only.boards}",) if only.boards else ()
    rest = (only.rest,) if only.rest else ()
    return (*words[:here], *boards, *(word.text for word in only.words), *rest, *words[here + 1 :])


def first_command(meant: str, rest_rule: RestRule) -> str:
    """Return the command that an alias begins with. Raises UsageError for what is no line."""
    try:
        found = parse(meant, rest_rule)
    except EspshError as error:
        raise UsageError(error.message) from None
    if not found:
        raise UsageError("it stands for nothing")
    return found[0].name
