"""The user's own names for the beginnings of lines. They count at the prompt, nowhere else."""

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


def first_command(meant: str, rest_rule: RestRule) -> str:
    """Return the command that an alias begins with. Raises UsageError for what is no line."""
    try:
        found = parse(meant, rest_rule)
    except EspshError as error:
        raise UsageError(error.message) from None
    if not found:
        raise UsageError("it stands for nothing")
    return found[0].name
