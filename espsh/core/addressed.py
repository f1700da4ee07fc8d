"""Which boards a line is for, where it names them by a set: ``@lab ls :``, ``cp attic,kitchen:/x logs/``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

from espsh.base.location import HOST, spell
from espsh.core.command import Command, Parameter
from espsh.core.match import Matched
from espsh.core.params import BoardSet
from espsh.core.parser import Invocation
from espsh.core.paths import Path as PathType
from espsh.core.scope import SessionScope
from espsh.core.session import Session
from espsh.core.sets import Chosen, Part, needs_identity, parse_set, select, spelled
from espsh.errors import NotFoundError, UsageError


def set_of(command: Command, invocation: Invocation, matched: Matched) -> tuple[Part, ...] | None:
    """Return the set that a line names with ``@`` or in its paths, or None where it names none."""
    named = {parse_set(text) for text in _texts(command, invocation, matched)}
    if len(named) > 1:
        raise UsageError("the line names two sets of boards", "name one: @SET, or SET:path")
    return next(iter(named), None)


def boards_of(command: Command, parts: tuple[Part, ...], session: Session, say: Callable[[str], None]) -> list[str]:
    """Return the names of the boards of a set; those that are not met and have to be are met first.

    A board that a group holds and that is not connected is an error, or only said where the command just shows.
    """
    session.reach()
    if command.needs == "MicroPython" or needs_identity(parts, list(session.boards)):
        session.meet()
    chosen = select(parts, session.members, session.groups.all())
    if command.boards == "none":
        raise UsageError(f"{command.name} is not about boards, so no set can be given")
    if chosen.absent and not (command.shows and chosen.boards):
        _refuse_absent(parts, chosen)
    if command.boards == "one" and len(chosen.boards) > 1:
        raise UsageError(f"{command.name} runs on one board at a time, not on {', '.join(chosen.boards)}")
    for name in chosen.absent:
        say(f"{name}: not connected, left out")
    return list(chosen.boards)


def boards_named(text: str, session: Session) -> list[str]:
    """Return the names of the boards of the set ``text``, met; NotFoundError where one of a group is not connected."""
    parts = parse_set(text)
    session.reach()
    session.meet()
    chosen = select(parts, session.members, session.groups.all())
    if chosen.absent:
        _refuse_absent(parts, chosen)
    return list(chosen.boards)


def boards_in(command: Command, invocation: Invocation, matched: Matched, session: Session) -> list[str]:
    """Return the boards that the paths of a line without a set name."""
    scope = SessionScope(session, session.current)
    words = [word for parameter in _paths(command) for word in matched.words.get(parameter.name, ())]
    if invocation.redirect:
        words.append(invocation.redirect.target)
    places = dict.fromkeys(scope.resolve(word.text).place for word in words)
    return [place for place in places if place != HOST]


def _paths(command: Command) -> Iterator[Parameter]:
    for parameter in (*command.arguments, *command.options):
        if isinstance(parameter.declaration.type, PathType):
            yield parameter


def _texts(command: Command, invocation: Invocation, matched: Matched) -> Iterator[str]:
    if invocation.boards is not None:
        yield invocation.boards
    for parameter in (*command.arguments, *command.options):
        if command.boards == "set" and isinstance(parameter.declaration.type, BoardSet):
            yield from (word.text for word in matched.words.get(parameter.name, ()))
    for parameter in _paths(command):
        for word in matched.words.get(parameter.name, ()):
            spelling = spell(word.text)
            if spelling.place and spelling.is_set:
                yield spelling.place


def _refuse_absent(parts: tuple[Part, ...], chosen: Chosen) -> NoReturn:
    absent = ", ".join(chosen.absent)
    verb = "is" if len(chosen.absent) == 1 else "are"
    without = "".join(f"!{name}" for name in chosen.absent)
    hint = f"connect what is missing, or leave it out: @{spelled(parts)}{without}" if chosen.boards else None
    raise NotFoundError(f"{absent} of @{spelled(parts)} {verb} not connected", hint)
