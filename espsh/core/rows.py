"""The tables that plugins add rows to: how a row is checked, and how it is put in and taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_LONGEST = 4096
"""Bytes of a snippet: on a board it is there twice for a moment, as text and compiled."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FEWEST = 3
"""Letters and digits in a chip's name: it is looked for in what boards say, where shorter ones stand by chance."""

Undo = Callable[[], object]


class Addition(NamedTuple):
    """Something that was checked: what is ``shown`` of it, and the ``names`` that no other plugin may take."""

    shown: str
    put: Callable[[], Undo]
    names: tuple[str, ...] = ()


class WrongError(Exception):
    """A row of a table is wrong."""


def _row(table: list[Any], row: object) -> Callable[[], Undo]:
    def put() -> Undo:
        table.append(row)
        return lambda: table.remove(row)

    return put


def _chips(rows: Any) -> Iterator[Addition]:
    from espsh.chips.chip import Chip
    from espsh.chips.known import ADDED, marks
    from espsh.chips.table import CHIPS
    from espsh.mpycross.target import ARCHITECTURES

    taken = {mark: chip for chip in CHIPS for mark in marks(chip)}
    for chip in rows:
        if not isinstance(chip, Chip):
            raise WrongError(f"{chip!r} is no Chip")
        short = next((name for name in (chip.name, *chip.aliases) if sum(map(str.isalnum, name)) < _FEWEST), None)
        if short is not None:
            raise WrongError(f"'{short}' is too short to be found by: {_FEWEST} letters or digits at least")
        if chip.arch and chip.arch not in ARCHITECTURES:
            raise WrongError(f"{chip.name}: arch {chip.arch!r} is none of: {', '.join(ARCHITECTURES)}")
        for mark in marks(chip):
            if taken.setdefault(mark, chip) is not chip:
                raise WrongError(f"{chip.name}: {mark} is the {taken[mark].name}'s")
        yield Addition(f"chip {chip.name}", _row(ADDED, chip), tuple(f"a chip with {mark}" for mark in marks(chip)))


def _firmware_backends(rows: Any) -> Iterator[Addition]:
    from espsh.firmware.backends import ADDED, NAMES

    for backend in rows:
        name = getattr(backend, "name", None)
        if not isinstance(name, str) or not _WORD.fullmatch(name):
            raise WrongError(f"{backend!r} has no name that is a word")
        missing = [word for word in ("reason", "flash") if not callable(getattr(backend, word, None))]
        if missing:
            raise WrongError(f"{name} has no function {' and no function '.join(missing)}")
        if name in NAMES:
            raise WrongError(f"'{name}' is a back end of espsh")
        yield Addition(f"firmware by {name}", _row(ADDED, backend), (f"firmware back end {name}",))


def _diagnoses(rows: Any) -> Iterator[Addition]:
    from espsh.diagnose.findings import ADDED, RULES
    from espsh.diagnose.rules import WEIGHTS, Rule

    ours = {rule.name for rule in RULES}
    for rule in rows:
        if not isinstance(rule, Rule):
            raise WrongError(f"{rule!r} is no row that diagnosis(…) made")
        if rule.name in ours:
            raise WrongError(f"'{rule.name}' is a signature of espsh")
        if rule.weight not in WEIGHTS:
            raise WrongError(f"{rule.name}: {rule.weight!r} is none of: {', '.join(WEIGHTS)}")
        groups = {group for pattern in rule.patterns for group in pattern.groupindex}
        missing = set(re.findall(r"{(\w*)", f"{rule.title}{rule.cause}{rule.fix}")) - groups
        if missing or not rule.patterns:
            raise WrongError(f"{rule.name}: no pattern has a group {', '.join(sorted(missing)) or 'at all'}")
        yield Addition(f"diagnosis {rule.name}", _row(ADDED, rule), (f"diagnosis {rule.name}",))


def _usb_kinds(rows: Any) -> Iterator[Addition]:
    from espsh.ports.usb_ids import ADDED, UsbKind

    for kind in rows:
        if not isinstance(kind, UsbKind):
            raise WrongError(f"{kind!r} is no UsbKind")
        if not (isinstance(kind.vid, int) and isinstance(kind.pids, frozenset | None)):
            raise WrongError(f"{kind.name}: vid is a number, pids a frozenset of numbers, or None for all")
        yield Addition(f"usb {kind.name}", _row(ADDED, kind))


def _port_schemes(rows: Any) -> Iterator[Addition]:
    from espsh.ports.open import SCHEMES, is_known_scheme

    for scheme, make in rows.items():
        if not _SCHEME.fullmatch(scheme):
            raise WrongError(f"'{scheme}' is no scheme: small letters, two at least")
        if scheme not in SCHEMES and is_known_scheme(scheme):
            raise WrongError(f"{scheme}:// is a port of espsh or pyserial")
        if not callable(make):
            raise WrongError(f"{scheme}: {make!r} is no class of ports, as serial.SerialBase is")

        def put(scheme: str = scheme, make: Callable[..., Any] = make) -> Undo:
            SCHEMES[scheme] = make
            return lambda: SCHEMES.pop(scheme, None)

        yield Addition(f"port {scheme}://", put, (f"port {scheme}://",))


def _snippets(rows: Any) -> Iterator[Addition]:
    from espsh.board.prompt import snippets

    ours = snippets.own_names()
    for name, text in rows.items():
        if not text.isascii() or "\x03" in text or len(text) > _LONGEST:
            raise WrongError(f"{name}: a snippet is ASCII without Ctrl-C, {_LONGEST} bytes at most; it has {len(text)}")
        try:
            defined = snippets.names_of(text)
        except SyntaxError as error:
            raise WrongError(f"{name}: line {error.lineno} of it: {error.msg}") from None
        taken = sorted(ours & set(defined))
        if taken:
            raise WrongError(f"{name}: {', '.join(taken)} is espsh's own on the board; call it otherwise")

        def put(name: str = name, text: str = text) -> Undo:
            snippets.add(name, text)
            return lambda: snippets.CALLED.pop(name, None)

        yield Addition(f"snippet {name}", put, (f"snippet {name}", *(f"the name {word} on boards" for word in defined)))


TABLES: dict[str, Callable[[Any], Iterator[Addition]]] = {
    "CHIPS": _chips,
    "DIAGNOSES": _diagnoses,
    "FIRMWARE_BACKENDS": _firmware_backends,
    "PORT_SCHEMES": _port_schemes,
    "SNIPPETS": _snippets,
    "USB_KINDS": _usb_kinds,
}
"""What a plugin's module may have besides functions, and what checks it."""
