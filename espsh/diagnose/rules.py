"""Signatures of boot logs: what a line means, why, and what to do. The table's rows are in ``rules_*.py``."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from espsh.diagnose.chips import chip_name

Weight = Literal["final", "fatal", "crash", "note"]
"""``final``: it waits there for somebody; ``fatal``: the firmware cannot start so; ``crash``: it stopped there, and may
start again; ``note``: it goes on."""

WEIGHTS = get_args(Weight)


class Rule(NamedTuple):
    """A row: a ``name`` for programs, and sentences that may use the named groups of ``patterns`` as ``{group}``.

    A pattern that holds a line's end (``\\n``) is searched in a line and the one before it.
    """

    name: str
    weight: Weight
    patterns: tuple[re.Pattern[str], ...]
    title: str
    cause: str
    fix: str


class Finding(NamedTuple):
    """What a rule says about a log: its sentences with their fields filled in, and the ``line`` that told."""

    rule: str
    weight: Weight
    title: str
    cause: str
    fix: str
    line: str


def row(name: str, weight: Weight, *patterns: str, title: str, cause: str, fix: str) -> Rule:
    """Return a row of the table."""
    return Rule(name, weight, tuple(re.compile(pattern) for pattern in patterns), title, cause, fix)


def match_rule(rule: Rule, before: str, line: str) -> Finding | None:
    """Return what ``rule`` says about ``line``, which came after the line ``before``; None where it says nothing."""
    for pattern in rule.patterns:
        if found := pattern.search(f"{before}\n{line}" if r"\n" in pattern.pattern else line):
            fields = {name: _spell(name, value or "?") for name, value in found.groupdict().items()}
            title, cause, fix = (text.format_map(fields) for text in (rule.title, rule.cause, rule.fix))
            return Finding(rule.name, rule.weight, title, cause, fix, line)
    return None


def _spell(field: str, value: str) -> str:
    """Return a field in words: a chip by its name, a size in MB, a cause of a crash by what it means."""
    kind = field.rpartition("_")[2]
    return _SPELLINGS[kind](value) if kind in _SPELLINGS else value


def _size(kilobytes: str) -> str:
    number = int(kilobytes)
    return f"{number // 1024} MB" if number and number % 1024 == 0 else f"{number} kB"


_CAUSES = {
    "LoadProhibited": "it read from an address where nothing is",
    "StoreProhibited": "it wrote to an address where nothing is",
    "LoadStorePIFAddrError": "it used an address where nothing is",
    "LoadStoreAlignment": "it used an address that is not a multiple of four",
    "LoadStoreAlignmentCause": "it used an address that is not a multiple of four",
    "LoadProhibitedCause": "it read from an address where nothing is",
    "StoreProhibitedCause": "it wrote to an address where nothing is",
    "IllegalInstruction": "it ran into something that is no code",
    "IllegalInstructionCause": "it ran into something that is no code",
    "Illegal instruction": "it ran into something that is no code",
    "InstrFetchProhibited": "it jumped to an address where no code is",
    "Instruction access fault": "it jumped to an address where no code is",
    "IntegerDivideByZero": "it divided by zero",
    "Load access fault": "it read from an address where nothing is",
    "Store access fault": "it wrote to an address where nothing is",
    "Unhandled debug exception": "a stack overflowed, or a debugger's breakpoint was hit",
    "Stack protection fault": "a stack overflowed",
}
"""What the chips call it (ESP-IDF, "Fatal errors"), in words."""


def _crash(name: str) -> str:
    return f"{_CAUSES[name]} ({name})" if name in _CAUSES else name


_SPELLINGS = {
    "chip": lambda number: chip_name(int(number)),
    "hexchip": lambda number: chip_name(int(number, 16)),
    "kb": _size,
    "crash": _crash,
}
"""How the fields are spelled whose names end so: ``{image_chip}``, ``{found_kb}``."""
