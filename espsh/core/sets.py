"""Sets of boards: ``attic,kitchen``, ``all!attic``, ``esp*&chip:esp32c3``, ``lab``. Pure.

The operators are ClusterShell's (https://clustershell.readthedocs.io, "Node sets"): ``,`` or, ``!`` but not, ``&`` and
also, ``^`` in one of the two only. They have no precedence and are applied from left to right.
A part is a board's name, a group's (``@`` before it says that no board is meant), a glob of boards' names, ``all``, or
``chip:`` and a chip in any spelling or a glob of chips.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import NamedTuple

from espsh.core.nearest import nearest
from espsh.core.parser import GLOB_MARKS
from espsh.errors import NotFoundError, UsageError

ALL = "all"
CHIP = "chip:"
GROUP = "@"

_Names = frozenset[str]
OPERATORS: Mapping[str, Callable[[_Names, _Names], _Names]] = MappingProxyType(
    {",": operator.or_, "!": operator.sub, "&": operator.and_, "^": operator.xor}
)

# In brackets an operator's character is the glob's: esp32-[!2].
_PART = re.compile(r"((?:\[[^\]]*\]|[^,!&^\[])*)([,!&^]|$)")
_WORD = re.compile(r"@?(?:chip:)?(?:[\w*?.-]|\[[^\]\"\\\s]*\])+")
_DASHES = re.compile(r"[-_ ]")


class Part(NamedTuple):
    """One part of a set as written, and how it is joined to what stands left of it."""

    joined: str
    word: str


class Member(NamedTuple):
    """A board that is connected; ``chip`` is "" where it was not asked for it."""

    name: str
    chip: str


class Chosen(NamedTuple):
    """The boards of a set: those that are connected, and the names that a group holds and that are not."""

    boards: tuple[str, ...]
    absent: tuple[str, ...] = ()


def parse_set(text: str) -> tuple[Part, ...]:
    """Read a set, with or without ``@`` in front; raise UsageError where it is malformed."""
    text = text.removeprefix(GROUP)
    found, joined, position = list[Part](), ",", 0
    while True:
        match = _PART.match(text, position)
        if match is None:
            raise UsageError(f"'{text}' is no set of boards: a [ is not closed")
        word = match[1].strip()
        if word in ("", GROUP, CHIP):
            where = f"after '{text[:position]}'" if position else f"before '{match[2]}'" if match[2] else "after '@'"
            raise UsageError(f"a board is missing {where}", "for example: @attic,kitchen or @all!attic")
        if not _WORD.fullmatch(word):
            raise UsageError(f"'{word}' can be no part of a set of boards")
        found.append(Part(joined, word))
        if not match[2]:
            return tuple(found)
        joined, position = match[2], match.end()


def cut_last(text: str) -> tuple[str, str]:
    """Cut a set before the name that its last part begins with: ``@all!@la`` is ``@all!@`` and ``la``."""
    end = max(text.rfind(mark) for mark in (GROUP, *OPERATORS)) + 1
    return text[:end], text[end:]


def needs_identity(parts: Sequence[Part], open_names: Sequence[str]) -> bool:
    """Tell whether a board's name or chip has to be known, beyond the names under which ports are open."""
    return any(part.word not in (ALL, "*", *open_names) for part in parts)


def names_each(parts: Sequence[Part], groups: Mapping[str, str]) -> bool:
    """Tell whether a set is spelled out: boards' names joined by commas, no group, glob, chip or ``all``."""
    return all(
        part.joined == "," and not (_is_general(part.word) or part.word.startswith(GROUP) or part.word in groups)
        for part in parts
    )


def select(parts: Sequence[Part], members: Sequence[Member], groups: Mapping[str, str]) -> Chosen:
    """Return the boards of a set, each once and in the order of ``members``; ``groups`` are sets by name.

    A part that names nothing, or a set in which nothing is left, is a NotFoundError: a command for several boards must
    not quietly miss one. What a group holds may be absent.
    """
    if not members:
        raise UsageError("no board is connected", "connect one: connect PORT")
    names = frozenset(member.name for member in members)

    def names_of(left: _Names, word: str) -> _Names:
        return frozenset({word}) if word in left - names else _named(word, members, groups)

    found = _joined(parts, names_of)
    if not found:
        raise NotFoundError(f"no board is left in '{spelled(parts)}'", _connected(members))
    return _chosen(found, members)


def group_boards(group: str, members: Sequence[Member], groups: Mapping[str, str]) -> Chosen:
    """Return what the group holds, which may be nothing."""
    check_group(group, groups)
    return _chosen(_in_group(group, members, groups), members)


def check_group(name: str, groups: Mapping[str, str]) -> None:
    """Raise UsageError where the group ``name`` holds itself, or a group that is not there."""
    _walk(name, groups, ())


def spelled(parts: Sequence[Part]) -> str:
    """Return a set as it is written."""
    return "".join(part.joined + part.word for part in parts)[1:]


def is_chip(wanted: str, chip: str) -> bool:
    """Tell whether ``chip`` is the one ``wanted``, in any spelling (ESP32-C3, esp32_c3, esp32c3) or by a glob."""
    return bool(chip) and fnmatchcase(_DASHES.sub("", chip.lower()), _DASHES.sub("", wanted.lower()))


def _chosen(names: _Names, members: Sequence[Member]) -> Chosen:
    here = tuple(member.name for member in members if member.name in names)
    return Chosen(here, tuple(sorted(names.difference(here))))


def _joined(parts: Sequence[Part], names_of: Callable[[_Names, str], _Names]) -> _Names:
    """Join the parts from left to right. ``names_of`` is given what is left of a part, which may hold absent boards."""
    found: _Names = frozenset()
    for part in parts:
        found = OPERATORS[part.joined](found, names_of(found, part.word))
    return found


def _named(word: str, members: Sequence[Member], groups: Mapping[str, str]) -> _Names:
    plain = word.removeprefix(GROUP)
    if plain in groups:
        if any(member.name == word for member in members):
            raise UsageError(f"'{word}' is both a board and a group", f"the group is @@{word}; another name: group -d")
        check_group(plain, groups)
        return _in_group(plain, members, groups)
    if word != plain and not _is_general(plain):
        raise NotFoundError(f"no group '{plain}'", nearest(plain, list(groups)) or f"groups: {_list(sorted(groups))}")
    found = _matching(plain, members)
    if not found and plain.startswith(CHIP):
        chips = sorted({member.chip for member in members if member.chip})
        raise NotFoundError(f"no board with the chip '{plain[len(CHIP) :]}' is connected", f"chips: {_list(chips)}")
    if not found:
        near = nearest(plain, [*(member.name for member in members), *groups])
        raise NotFoundError(f"no board '{plain}' is connected", near or _connected(members))
    return found


def _in_group(name: str, members: Sequence[Member], groups: Mapping[str, str]) -> _Names:
    """Return what a group holds: names count even where no such board is connected."""

    def names_of(_left: _Names, word: str) -> _Names:
        word = word.removeprefix(GROUP)
        if word in groups:
            return _in_group(word, members, groups)
        return _matching(word, members) if _is_general(word) else frozenset({word})

    return _joined(parse_set(groups[name]), names_of)


def _matching(pattern: str, members: Sequence[Member]) -> _Names:
    if pattern.startswith(CHIP):
        return frozenset(member.name for member in members if is_chip(pattern[len(CHIP) :], member.chip))
    return frozenset(member.name for member in members if pattern == ALL or fnmatchcase(member.name, pattern))


def _is_general(word: str) -> bool:
    """Whether a part describes boards, so that it may fit none, rather than naming one."""
    return word == ALL or word.startswith(CHIP) or not GLOB_MARKS.isdisjoint(word)


def _walk(name: str, groups: Mapping[str, str], callers: tuple[str, ...]) -> None:
    if name in callers:
        raise UsageError(f"group {name} holds itself: {' -> '.join((*callers, name))}")
    for word in _words_of(groups[name]):
        if word.removeprefix(GROUP) in groups:
            _walk(word.removeprefix(GROUP), groups, (*callers, name))
        elif word.startswith(GROUP) and not _is_general(word[1:]):
            raise NotFoundError(f"group {name}: no group '{word[1:]}'", f"groups: {_list(sorted(groups))}")


def _words_of(text: str) -> Iterator[str]:
    return (part.word for part in parse_set(text))


def _connected(members: Sequence[Member]) -> str:
    return f"connected: {_list([member.name for member in members])}"


def _list(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"
