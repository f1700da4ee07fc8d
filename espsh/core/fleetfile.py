"""Fleet files: what is to be on which boards. Read, checked, and turned to a goal for each board. Pure.

A file is TOML (https://toml.io/en/v1.0.0). Each table is a part, under a name of the user's: ``boards`` is a set,
``firmware`` a version or a file, ``after`` lines for each board that was changed, and each ``[[NAME.files]]`` a
directory (docs/fleet.md). What is wrong is named with its line, as far as that can be told: tomllib keeps none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from espsh.core.nearest import nearest
from espsh.core.sets import parse_set
from espsh.errors import UsageError

_HEADER = re.compile(r"\s*\[(\[)?\s*([^\[\]#]+?)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*=""")
_LONG_TEXT = re.compile(r"\"\"\"|'''")
_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")

Where = tuple[str, ...]
"""The way to a value: ("lab", "files", "1", "to")."""


class Files(NamedTuple):
    """A directory of the host, or a file, that goes into the directory ``to`` of a board; ``line`` is where it says so.

    ``source`` is as written, from the fleet file's folder. What ``exclude`` names is left alone on both sides.
    """

    source: str
    to: str
    exclude: tuple[str, ...] = ()
    mpy: bool = False
    delete: bool = False
    line: int = 0


class Part(NamedTuple):
    """What a set of boards gets; ``after`` are lines that are run for each board that was changed."""

    name: str
    boards: str
    firmware: str = ""
    files: tuple[Files, ...] = ()
    after: tuple[str, ...] = ()
    line: int = 0


class Goal(NamedTuple):
    """What one board gets from all parts that name it, in their order."""

    board: str
    firmware: str = ""
    files: tuple[Files, ...] = ()
    after: tuple[str, ...] = ()


class _Kind(NamedTuple):
    """What a value has to be: ``fits`` tells it, ``name`` is for the message."""

    name: str
    fits: Callable[[Any], bool]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) and text for text in value)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(table, dict) for table in value)


_TEXT = _Kind("a text in quotes", lambda value: isinstance(value, str) and bool(value.strip()))
_TEXTS = _Kind('a list of texts, such as ["one", "two"]', _is_texts)
_FLAG = _Kind("true or false", lambda value: isinstance(value, bool))
_TABLES = _Kind("tables: [[NAME.files]]", _is_tables)
_FOLDER = _Kind("a directory of the board, such as /lib", lambda value: isinstance(value, str) and value[:1] == "/")

_PART = {"boards": _TEXT, "firmware": _TEXT, "files": _TABLES, "after": _TEXTS}
_FILES = {"from": _TEXT, "to": _FOLDER, "exclude": _TEXTS, "mpy": _FLAG, "delete": _FLAG}


def read_fleet(text: str, shown: str) -> tuple[Part, ...]:
    """Read a fleet file, ``shown`` in messages; raise a UsageError that names all that is wrong with it."""
    import tomllib

    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = _PLACE.search(str(error))
        message = _PLACE.sub("", str(error))
        raise UsageError(f"{shown}{f':{place[1]}' if place else ''}: this is no TOML: {message}") from None
    if not tables:
        raise UsageError(f"{shown}: it has no part", "[lab] and below it boards = 'attic,kitchen' begin one")
    lines = _lines(text)
    problems = list(_problems(tables))
    if problems:
        said = "; ".join(f"{_place(problem.where, lines)} {problem.what}" for problem in problems)
        hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
        raise UsageError(f"{shown}:{said}", "; ".join(hints) or None)
    return tuple(_part(name, table, lines) for name, table in tables.items())


def goals(parts: Sequence[Part], boards: Mapping[str, Sequence[str]], shown: str) -> list[Goal]:
    """Return what each board gets; ``boards`` are the names that each part's set means, by the part's name.

    Raises UsageError where two parts cannot both be done on a board.
    """
    found: dict[str, Goal] = {}
    for part in parts:
        for board in boards[part.name]:
            found[board] = _joined(found.get(board, Goal(board)), part, f"{shown}:{part.line}")
    for goal in found.values():
        _check_mirrors(goal, shown)
    return list(found.values())


def is_release(firmware: str) -> bool:
    """Whether ``firmware`` is a version, alone or behind a board's name, and no file."""
    return bool(re.fullmatch(r"(\w+(-\w+)? +)?v?\d+\.\d+(\.\d+)?(-[\w.]+)?", firmware))


def is_version(wanted: str, has: str) -> bool:
    """Whether ``has`` is the version ``wanted``: 1.27 is any 1.27.x; builds of one preview are not told apart."""
    plain, there = (re.sub(r"-preview.*", "-preview", version.removeprefix("v")) for version in (wanted, has))
    return there == plain or (plain.count(".") == 1 and "-" not in there and there.startswith(f"{plain}."))


class _Problem(NamedTuple):
    """What is wrong with the value at ``where``."""

    where: Where
    what: str
    hint: str | None = None


def _problems(tables: Mapping[str, Any]) -> Iterator[_Problem]:
    for name, table in tables.items():
        if not isinstance(table, dict):
            yield _Problem((name,), f"'{name}' stands outside of a part", "put a part's name above it: [lab]")
            continue
        yield from _problems_of(table, _PART, (name,), "boards")
        for number, files in enumerate(table["files"] if _TABLES.fits(table.get("files")) else ()):
            yield from _problems_of(files, _FILES, (name, "files", str(number)), "from")
        if _TEXT.fits(table.get("boards")):
            yield from _problems_of_set(table["boards"], (name, "boards"))


def _problems_of(table: Mapping[str, Any], kinds: Mapping[str, _Kind], where: Where, needed: str) -> Iterator[_Problem]:
    for key, value in table.items():
        kind = kinds.get(key)
        if kind is None:
            known = f"{where[1] if len(where) > 1 else 'a part'} can have: {', '.join(kinds)}"
            yield _Problem((*where, key), f"no key '{key}'", nearest(key, list(kinds)) or known)
        elif not kind.fits(value):
            yield _Problem((*where, key), f"{key} has to be {kind.name}")
    if needed not in table:
        yield _Problem(where, f"'{needed}' is missing")


def _problems_of_set(text: str, where: Where) -> Iterator[_Problem]:
    try:
        parse_set(text)
    except UsageError as error:
        yield _Problem(where, error.message, error.hint)


def _place(where: Where, lines: Mapping[Where, int]) -> str:
    """Return where a value is: its line and a colon, or its way where no line was found."""
    line = next((lines[where[:end]] for end in range(len(where), 0, -1) if where[:end] in lines), 0)
    return f"{line}:" if line else f" {'.'.join(where)}:"


def _part(name: str, table: Mapping[str, Any], lines: Mapping[Where, int]) -> Part:
    files = tuple(
        Files(
            one["from"], one.get("to", "/"), tuple(one.get("exclude", ())), one.get("mpy", False),
            one.get("delete", False), lines.get((name, "files", str(number)), 0),
        )
        for number, one in enumerate(table.get("files", ()))
    )  # fmt: skip
    line = lines.get((name,), 0)
    return Part(name, table["boards"], table.get("firmware", ""), files, tuple(table.get("after", ())), line)


def _joined(goal: Goal, part: Part, place: str) -> Goal:
    if part.firmware and goal.firmware not in ("", part.firmware):
        raise UsageError(f"{place}: {goal.board} gets two firmwares: {goal.firmware} and {part.firmware}")
    after = tuple(line for line in part.after if line not in goal.after)
    return Goal(goal.board, part.firmware or goal.firmware, goal.files + part.files, goal.after + after)


def _check_mirrors(goal: Goal, shown: str) -> None:
    """Refuse what would remove, at each run, what another entry has brought."""
    for mirror in goal.files:
        for other in goal.files:
            root, below = (posixpath.normpath(files.to).rstrip("/") + "/" for files in (mirror, other))
            if mirror.delete and mirror is not other and below.startswith(root):
                raise UsageError(
                    f"{shown}:{mirror.line}: on {goal.board} it removes what line {other.line} brings",
                    f"leave out delete, or fill another directory than {mirror.to}",
                )


def _lines(text: str) -> dict[Where, int]:
    """Return the lines at which tables and keys stand. A text of several lines hides what it holds."""
    found: dict[Where, int] = {}
    table: Where = ()
    counted: dict[Where, int] = {}
    hidden = False
    for number, line in enumerate(text.splitlines(), 1):
        if not hidden and (header := _HEADER.match(line)):
            table = tuple(word.strip().strip("\"'") for word in header[2].split("."))
            if header[1]:
                counted[table] = counted.get(table, -1) + 1
                table = (*table, str(counted[table]))
            found.setdefault(table, number)
        elif not hidden and (key := _KEY.match(line)):
            found.setdefault((*table, next(filter(None, key.groups()))), number)
        hidden ^= len(_LONG_TEXT.findall(line)) % 2 == 1
    return found
